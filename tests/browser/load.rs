//! The page as such: it starts anywhere, alone, under a strict policy.

use serde_json::json;

use crate::Test;
use crate::page::Page;

pub const TESTS: &[(&str, Test)] = &[
    ("page_starts_under_a_sub_path_without_a_console_message", starts_clean),
    ("page_asks_no_other_origin_for_anything", own_origin_only),
    ("policy_allows_no_inline_or_evaluated_code", strict_policy),
    ("policy_stops_inline_script_and_foreign_requests", policy_holds),
];

fn starts_clean(page: &Page) -> Result<(), String> {
    page.visit("/")?;
    let console = page.console()?;
    if console.is_empty() { Ok(()) } else { Err(format!("the console shows {console:?}")) }
}

fn own_origin_only(page: &Page) -> Result<(), String> {
    page.visit("/")?;
    let requests = page.requests()?;
    let wasm = requests.iter().filter(|url| url.ends_with(".wasm")).count();
    assert_eq!(wasm, 1, "the log must hold the page's own requests: {requests:?}");
    let own = |url: &&String| url.starts_with(page.url()) || url.starts_with("data:") || url.starts_with("blob:");
    let foreign: Vec<_> = requests.iter().filter(|url| !own(url)).collect();
    if foreign.is_empty() { Ok(()) } else { Err(format!("the page asked for {foreign:?}")) }
}

fn strict_policy(page: &Page) -> Result<(), String> {
    page.visit("/")?;
    let policy = page.eval("return document.querySelector('meta[http-equiv=Content-Security-Policy]').content", &[])?;
    let policy = policy.as_str().ok_or("the page has no policy")?;
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    assert!(!policy.contains("'unsafe-inline'") && !policy.contains("'unsafe-eval'"), "{policy}");
    let inline = page.count("[style]")? + page.count("style")?;
    if inline == 0 { Ok(()) } else { Err(format!("{inline} inline styles, which the policy refuses")) }
}

/// The policy is not only written but in force: what it forbids does not happen.
fn policy_holds(page: &Page) -> Result<(), String> {
    page.visit("/")?;
    let script = "const done = arguments[0], seen = [];
        document.addEventListener('securitypolicyviolation', event => seen.push(event.effectiveDirective));
        const inline = document.createElement('script');
        inline.textContent = 'window.broken = true';
        document.body.append(inline);
        // Later, because the driver itself runs scripts with leave to evaluate.
        setTimeout(() => {
          try { window.eval('window.broken = true'); } catch (refused) { seen.push('eval'); }
          fetch('http://localhost:1/').catch(() => setTimeout(() => done({ broken: window.broken ?? false, seen }), 50));
        }, 50);";
    let found = page.eval_async(script, &[])?;
    assert_eq!(found["broken"], json!(false));
    for directive in ["script-src-elem", "connect-src", "eval"] {
        let seen = found["seen"].as_array().into_iter().flatten().any(|seen| seen == directive);
        assert!(seen, "nothing refused for {directive}: {found}");
    }
    Ok(())
}
