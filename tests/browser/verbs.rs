//! The verbs themselves, on a page that is known: a verb that does nothing would make every other test worthless.

use serde_json::json;

use crate::Test;
use crate::page::Page;

pub const TESTS: &[(&str, Test)] =
    &[("verbs_act_on_a_known_page", act), ("verbs_report_what_a_page_does_wrong", report)];

const PAGE: &str = "data:text/html,<html lang=en><title>known</title><main><h1>known</h1>
<input data-testid=field aria-label=field value=old>
<textarea data-testid=area aria-label=area></textarea>
<select data-testid=list aria-label=list><option value=a>A</option><option value=b>B</option></select>
<button data-testid=go onclick=\"setTimeout(() => { note.textContent = 'went'; gone.hidden = true }, 200)\">Go</button>
<p id=note data-testid=note>not yet</p><p id=gone data-testid=gone>here</p>
<pre data-testid=probe hidden>{\"tasks\": 3}</pre></main>";

fn act(page: &Page) -> Result<(), String> {
    page.go(PAGE)?;
    page.fill("field", "new")?;
    assert_eq!(page.value("field")?, "new");
    page.press(&["Control+a"])?;
    page.type_text("typed, Ä!")?;
    assert_eq!(page.value("field")?, "typed, Ä!");
    page.paste("area", "{\n  \"a\": 1\n}")?;
    assert_eq!(page.value("area")?, "{\n  \"a\": 1\n}");
    page.select("list", "b")?;
    assert_eq!(page.value("list")?, "b");
    page.click("field")?;
    page.tab_to("go", 5)?;
    page.press(&["Enter"])?;
    page.wait_text("note", "went")?;
    page.wait_gone("gone")?;
    page.wait_for("go")?;
    assert_eq!((page.text("go")?.as_str(), page.focused()?.as_str()), ("Go", "go"));
    assert_eq!(page.probe()?, json!({ "tasks": 3 }));
    assert_eq!(page.count("p")?, 2);
    page.size(390, 844)?;
    page.theme("dark")?;
    let seen = page.eval("return [innerWidth, matchMedia('(prefers-color-scheme: dark)').matches]", &[])?;
    assert_eq!(seen, json!([390, true]));
    page.visit("/")?;
    page.reload()
}

fn report(page: &Page) -> Result<(), String> {
    page.go("data:text/html,<html lang=en><title>bad</title><main><h1>bad</h1><img src=x:y><script>console.error('oh')</script>")?;
    let axe = page.axe()?;
    assert!(axe.len() == 1 && axe[0].starts_with("image-alt: "), "{axe:?}");
    let console = page.console()?;
    assert!(console.iter().any(|line| line.contains("oh")), "{console:?}");
    page.until("the request is told of", || Ok(page.requests()?.iter().any(|url| url == "x:y")))
}
