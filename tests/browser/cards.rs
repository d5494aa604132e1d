//! The cards as a learner uses them: decks, a sitting by keyboard alone, proofs, decks of their own.

use serde_json::{Value, json};

use crate::Test;
use crate::page::Page;

pub const TESTS: &[(&str, Test)] = &[
    ("cards_list_the_decks_with_their_counts", lists),
    ("cards_are_answered_by_keyboard_alone_and_come_back", by_keyboard),
    ("cards_of_a_choice_are_marked_with_reasons", marked),
    ("cards_follow_fsrs_on_a_frozen_clock", frozen),
    ("cards_of_two_tabs_lose_no_review", two_tabs),
    ("cards_run_their_proof_and_open_its_lab", proof),
    ("cards_of_a_text_are_imported_exported_and_removed", own_deck),
    ("cards_name_a_broken_and_a_missing_deck", broken),
    ("cards_pass_axe_in_both_themes_and_fit_a_phone", axe),
];

/// Monday noon, and milliseconds of a day.
const NOON: i64 = 1_767_614_400_000;
const DAY: i64 = 86_400_000;

/// Opens a view with the learner's clock at a moment.
fn at(page: &Page, now: i64, route: &str) -> Result<(), String> {
    // Another document than the one before, even if only the hash differs.
    page.go("about:blank")?;
    page.go(&format!("{}?probe=1&now={now}#{route}", page.url()))
}

/// The reviews that are kept: card, grade, taken back.
fn reviews(page: &Page) -> Result<Vec<(String, u64, bool)>, String> {
    let text = page.eval("return localStorage.getItem('ecs-lab/progress') ?? '{}'", &[])?;
    let kept: Value = serde_json::from_str(text.as_str().unwrap_or_default()).map_err(|error| error.to_string())?;
    let mut all = Vec::new();
    for (id, card) in kept["cards"].as_object().into_iter().flatten() {
        for review in card["log"].as_array().into_iter().flatten() {
            all.push((id.clone(), review["grade"].as_u64().unwrap_or(0), review["undone"] == true));
        }
    }
    Ok(all)
}

fn lists(page: &Page) -> Result<(), String> {
    page.visit("/cards")?;
    page.wait_for("deck-placement")?;
    assert_eq!(page.count(".decks .deck")?, 7);
    let number = |id: &str| page.text(id)?.parse::<u32>().map_err(|error| format!("{id}: {error}"));
    assert_eq!((number("deck-placement-due")?, page.text("cards-due")?.as_str()), (0, "0 due now"));
    assert_eq!(number("deck-placement-new")?, number("deck-placement-all")?);
    assert!(number("deck-placement-all")? >= 15);
    let foreign: Vec<String> = page.requests()?.into_iter().filter(|url| !url.starts_with(page.url())).collect();
    assert!(foreign.iter().all(|url| url.starts_with("data:")), "{foreign:?}");
    page.click("deck-placement")?;
    page.wait_for("card-question")?;
    assert_eq!(page.text("card-position")?, "0 of 10", "a bite of ten");
    page.click("all-decks")?;
    page.wait_for("deck-placement")
}

/// From the list to a graded card, undone and graded again, with keys only; kept over a reload.
fn by_keyboard(page: &Page) -> Result<(), String> {
    page.visit("/cards")?;
    page.wait_for("deck-parts")?;
    page.tab_to("deck-parts", 30)?;
    page.press(&["Enter"])?;
    page.wait_for("card-question")?;
    let first = page.text("card-question")?;
    page.tab_to("card-show", 20)?;
    page.press(&["Enter"])?;
    page.wait_for("card-answer")?;
    assert_eq!(page.eval("return document.activeElement.id", &[])?, "answer-title");
    assert_eq!(page.text("grade-good-interval")?, "2 d");
    page.tab_to("grade-good", 12)?;
    page.press(&["Enter"])?;
    page.wait_text("said", "Good: back in 2 d. 1 of 10 done.")?;
    assert_eq!(page.eval("return document.activeElement.id", &[])?, "card-title", "the next question has the focus");
    assert_eq!(reviews(page)?.len(), 1);
    page.press(&["u"])?;
    page.wait_for("card-answer")?;
    assert_eq!((page.text("card-question")?, reviews(page)?[0].2), (first, true));
    page.press(&["4"])?;
    page.wait_text("said", "Easy: back in 8 d.")?;
    page.press(&["2", "Enter"])?;
    page.wait_for("card-verdict")?;
    page.press(&["1"])?;
    page.wait_text("said", "Again: back in")?;
    page.wait_text("card-position", "1 of 10")?;
    let kept: Vec<(u64, bool)> = reviews(page)?.into_iter().map(|(_, grade, undone)| (grade, undone)).collect();
    assert_eq!(kept.len(), 3, "{kept:?}");
    assert!([(3, true), (4, false), (1, false)].iter().all(|review| kept.contains(review)), "{kept:?}");

    page.visit("/cards")?;
    page.reload()?;
    page.wait_text("deck-parts-new", "24")?;
    page.wait_text("cards-new", "2 of 15")
}

/// A single key acts only where the reader allows it.
fn marked(page: &Page) -> Result<(), String> {
    page.visit("/cards/placement")?;
    page.wait_for("card-question")?;
    page.press(&["Space", "3"])?;
    page.wait_for("option-3")?;
    assert_eq!(page.count("[data-testid=card-check][disabled]")?, 1, "nothing is picked yet");
    page.press(&["2"])?;
    page.until("a key picks", || Ok(page.count("[data-testid=option-1]:checked")? == 1))?;
    page.click("option-2")?;
    page.press(&["4"])?;
    page.until("a key picks from an option too", || Ok(page.count("[data-testid=option-3]:checked")? == 1))?;
    page.press(&["Enter"])?;
    page.wait_for("card-verdict")?;
    assert_eq!(page.count("li.option")?, 4);
    assert_eq!(page.count("li.option.right")?, 1);
    assert_eq!(page.count("li.option p.dim")?, 4, "each option has its reason");
    let right = page.text("card-verdict")? == "Right.";
    let suggested = if right { "grade-good" } else { "grade-again" };
    assert_eq!(page.count(&format!("[data-testid={suggested}].suggested"))?, 1);
    assert_eq!(page.count("[data-testid=card-status] a[href^='https://docs.aws.amazon.com/']")?, 1);

    page.visit("/about")?;
    page.click("single-keys")?;
    page.visit("/cards/parts")?;
    page.wait_for("card-show")?;
    page.press(&["Space"])?;
    page.click("card-show")?;
    page.press(&["3"])?;
    page.click("grade-hard")?;
    page.wait_text("said", "Hard: back in")
}

/// The vector (3,0)(3,2)(3,11) of FSRS-6 through the page: due after 2, 11 and 46 days.
fn frozen(page: &Page) -> Result<(), String> {
    let day = |days: i64| NOON + days * DAY;
    let mut first = String::new();
    for (now, shown) in [(day(0), "2 d"), (day(2), "11 d"), (day(13), "1.5 mo")] {
        at(page, now, "/cards/parts")?;
        page.wait_for("card-show")?;
        let question = page.text("card-question")?;
        if first.is_empty() {
            first.clone_from(&question);
        }
        assert_eq!(question, first, "the card that is due comes first");
        page.click("card-show")?;
        assert_eq!(page.text("grade-good-interval")?, shown);
        page.click("grade-good")?;
        page.wait_text("said", "Good: back in")?;
    }
    at(page, day(58), "/cards")?;
    page.wait_text("deck-parts-due", "0")?;
    at(page, day(59), "/cards")?;
    page.wait_text("deck-parts-due", "1")
}

fn two_tabs(page: &Page) -> Result<(), String> {
    at(page, NOON, "/cards/parts")?;
    page.wait_for("card-show")?;
    let first = page.new_tab()?;
    at(page, NOON + 1000, "/cards/parts")?;
    page.click("card-show")?;
    page.click("grade-easy")?;
    page.wait_text("said", "Easy")?;
    page.tab(&first)?;
    page.click("card-show")?;
    page.click("grade-hard")?;
    page.wait_text("said", "Hard")?;
    let mut grades: Vec<u64> = reviews(page)?.into_iter().map(|(_, grade, _)| grade).collect();
    grades.sort_unstable();
    assert_eq!(grades, [2, 4]);
    Ok(())
}

fn proof(page: &Page) -> Result<(), String> {
    page.visit("/cards/placement")?;
    page.wait_for("card-question")?;
    // The first card is documented, the second one verified.
    page.press(&["Space", "3", "1", "Enter"])?;
    page.wait_text("card-status", "Verified")?;
    page.click("proof-run")?;
    page.wait_text("proof-result", "The proof holds")?;
    let result = page.text("proof-result")?;
    assert!(result.contains("tasks[*].availabilityZone") && result.contains("Expected"), "{result}");
    assert!(page.count("[data-testid=proof-line]")? >= 5);
    let before = page.probe()?["digest"].clone();
    page.click("proof-open")?;
    page.wait_for("note-before")?;
    let probe = page.probe()?;
    assert!(
        probe["digest"] != before && probe["taskDefinitions"].as_array().is_some_and(|list| list.len() == 2),
        "{probe}"
    );
    page.click("note-before-act")?;
    page.until("the lab before is back", || Ok(page.probe()?["digest"] == before))
}

const TEXT: &str = "What is a task?\n\n---\n\n\tA running copy.\n\n===\n\nWho places it?\n---\nECS.\n---\nUsually.\n";

fn own_deck(page: &Page) -> Result<(), String> {
    at(page, NOON, "/cards")?;
    page.click("import")?;
    page.paste("import-text", TEXT)?;
    page.wait_text("import-count", "2 cards")?;
    page.wait_text("import-warnings", "Line 12")?;
    assert_eq!(page.axe()?, Vec::<String>::new());
    page.fill("import-title", "Notes <b>of mine</b>")?;
    page.click("import-keep")?;
    page.wait_text("deck-own-1", "Notes <b>of mine</b>")?;
    let kept = page.eval("return localStorage.getItem('ecs-lab/deck/own-1')", &[])?;
    assert_eq!(kept, json!(format!("ecs-lab-deck 1 Notes <b>of mine</b>\n{TEXT}")));

    page.click("deck-own-1")?;
    page.wait_text("card-question", "What is a task?")?;
    page.click("card-show")?;
    page.wait_text("card-status", "Nobody has checked this answer")?;
    page.click("grade-good")?;
    page.click("card-show")?;
    page.click("grade-good")?;
    page.wait_text("session-done", "2 answers: 2 Good.")?;
    page.wait_text("session-next", "2 d")?;
    page.click("session-decks")?;
    page.wait_text("deck-own-1-new", "0")?;
    page.reload()?;
    page.click("deck-own-1-remove")?;
    page.wait_gone("deck-own-1")?;
    page.click("deck-back")?;
    page.wait_text("deck-own-1-new", "0")
}

/// A host that answers with a torn deck, none, and no index: what cannot be used is named, the rest works.
fn broken(page: &Page) -> Result<(), String> {
    page.visit("/cards")?;
    page.wait_for("deck-placement")?;
    // The page fetches anew when one comes back from another view.
    let script = "const real = window.fetch, bad = arguments[0];
        window.fetch = async (path, ...more) => {
            const name = String(path).split('/').pop();
            if (!(name in bad)) return real(path, ...more);
            if (bad[name] === null) return new Response('', { status: 404 });
            return new Response(bad[name]);
        };";
    let torn = "{\n  \"version\": 1,\n  \"id\": \"parts\",\n  oops\n}";
    page.eval(script, &[json!({ "01-parts.json": torn, "03-network.json": null })])?;
    page.click("nav-about")?;
    page.click("nav-cards")?;
    page.wait_text("deck-error-quizzes/01-parts.json", "Line 4, column 3")?;
    page.wait_text("deck-error-quizzes/03-network.json", "the host answered 404")?;
    page.wait_for("deck-placement")?;
    assert_eq!(page.count(".decks .deck:not(.broken)")?, 5, "the others work");
    assert_eq!(page.axe()?, Vec::<String>::new());
    page.eval(script, &[json!({ "index.json": "{\"version\": 2, \"decks\": []}" })])?;
    page.click("nav-about")?;
    page.click("nav-cards")?;
    page.wait_text("deck-error-quizzes/index.json", "version 2")?;
    at(page, NOON, "/cards/nowhere")?;
    page.wait_for("deck-lost")
}

fn axe(page: &Page) -> Result<(), String> {
    let fits = |page: &Page, what: &str| -> Result<(), String> {
        let wide = page.eval("return document.documentElement.scrollWidth - innerWidth", &[])?;
        if wide.as_i64().unwrap_or(1) > 0 { Err(format!("{what} is {wide} px too wide")) } else { Ok(()) }
    };
    let clean = |page: &Page, what: &str| -> Result<(), String> {
        let found = page.axe()?;
        if found.is_empty() { fits(page, what) } else { Err(format!("{what}: {found:#?}")) }
    };
    for (theme, width) in [("light", 1440), ("dark", 390), ("light", 320)] {
        page.theme(theme)?;
        page.size(width, 844)?;
        page.visit("/about")?;
        page.eval("localStorage.clear()", &[])?;
        at(page, NOON, "/cards")?;
        page.wait_for("deck-placement")?;
        clean(page, "list")?;
        page.visit("/cards/placement")?;
        page.click("card-show")?;
        page.wait_for("card-answer")?;
        clean(page, "answer")?;
        page.press(&["3"])?;
        page.wait_for("option-0")?;
        clean(page, "choice")?;
        page.press(&["1", "Enter"])?;
        page.wait_for("card-verdict")?;
        page.click("proof-run")?;
        page.wait_for("proof-result")?;
        page.click_css("[data-testid=proof-result] summary")?;
        clean(page, "marked choice with its proof")?;
        page.visit("/cards/nowhere")?;
        page.wait_for("deck-lost")?;
        clean(page, "lost deck")?;
    }
    Ok(())
}
