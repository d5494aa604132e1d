//! The arithmetic of scaling, and what makes a service scale, as a learner uses them.

use crate::Test;
use crate::page::Page;
use serde_json::json;

pub const TESTS: &[(&str, Test)] = &[
    ("calculators_say_their_formula_and_what_they_cannot_read", calculators),
    ("a_service_scales_on_a_drawn_wave_and_two_ways_are_compared", whole),
];

fn calculators(page: &Page) -> Result<(), String> {
    page.visit("/scaling")?;
    page.wait_for("scaling-empty")?;
    page.wait_text("answer", "It wants 6 because ceil(4 × 90 / 60) = 6: the desired count goes from 4 to 6.")?;
    page.fill("tracking-target", "NaN")?;
    page.wait_text("tracking-target-error", "Give a number")?;
    page.fill("tracking-target", "45")?;
    page.wait_text("answer", "ceil(4 × 90 / 45) = 8")?;
    for (tab, words) in [
        ("calc-step", "30 % of 10 is 3"),
        ("calc-split", "10 tasks: 4 on A, 6 on B."),
        ("calc-reservation", "5 / 3 × 100 = 166.667 %"),
        ("calc-rolling", "At least ceil(4 × 50 / 100) = 2 must be healthy."),
        ("calc-breaker", "fails with 13 failed tasks"),
    ] {
        page.click(tab)?;
        page.wait_text("answer", words)?;
    }
    for theme in ["light", "dark"] {
        page.theme(theme)?;
        assert_eq!(page.axe()?, Vec::<String>::new(), "{theme}");
    }
    assert_eq!(page.console()?, Vec::<String>::new());
    Ok(())
}

fn whole(page: &Page) -> Result<(), String> {
    page.visit("/services")?;
    page.wait_for("services-empty")?;
    page.select("service-definition", "web:1")?;
    page.fill("service-desired", "1")?;
    page.fill("service-name", "shop")?;
    page.click("create-service")?;
    page.click("advance-1m")?;
    page.click("nav-scaling")?;
    page.wait_text("target-now", "It is no scalable target yet.")?;
    page.fill("target-MaxCapacity", "many")?;
    page.click("register-target")?;
    page.wait_for("target-MaxCapacity-error")?;
    page.fill("target-MaxCapacity", "6")?;
    let line =
        "aws application-autoscaling register-scalable-target --service-namespace ecs --resource-id service/prod/shop";
    page.wait_text("register-target-line", line)?;
    page.click("register-target")?;
    page.wait_text("target-now", "between 1 and 6")?;
    page.fill("policy-PolicyName", "cpu")?;
    page.fill("policy-TargetValue", "0")?;
    page.click("put-policy")?;
    page.wait_for("policy-TargetValue-error")?;
    page.fill("policy-TargetValue", "60")?;
    page.click("put-policy")?;
    page.wait_for("delete-policy-cpu")?;
    page.fill("action-ScheduledActionName", "morning")?;
    page.click("put-action")?;
    page.wait_for("delete-action-morning")?;
    drawing(page)?;
    compared(page)?;
    for theme in ["light", "dark"] {
        page.theme(theme)?;
        assert_eq!(page.axe()?, Vec::<String>::new(), "{theme}");
    }
    // A long time goes by in slices, and can be stopped.
    page.click("put-wave")?;
    page.click("advance")?;
    page.fill("advance-span", "60d")?;
    page.wait_text("advance-span-error", "at most 30d in one go")?;
    assert_eq!(page.count("[data-testid=advance-line]")?, 0, "a line that the terminal refuses");
    // As on a slow machine: each look at the clock costs time, so that the month does not end by itself.
    page.eval("const now = Date.now; let looks = 0; Date.now = () => now.call(Date) + 20 * looks++", &[])?;
    page.fill("advance-span", "30d")?;
    page.click("advance-go")?;
    page.wait_text("note-passes", "Time goes by: ")?;
    page.click("advance-stop")?;
    page.wait_gone("note-passes")?;
    page.wait_text("said", "Stopped. It is ")?;
    assert_eq!(page.console()?, Vec::<String>::new());
    Ok(())
}

/// The pointer, the keys and the table make the same wave.
fn drawing(page: &Page) -> Result<(), String> {
    let points = || page.count("[data-testid^='wave-point-']");
    assert_eq!(points()?, 5);
    let middle = "const box = document.getElementById('wave').getBoundingClientRect();
        const at = (kind, x, y) => document.getElementById('wave').dispatchEvent(new PointerEvent(kind, { bubbles: true,
            clientX: box.x + box.width * x, clientY: box.y + box.height * y }));
        document.getElementById('wave').scrollIntoView();
        at('pointerdown', arguments[0], arguments[1]);";
    page.eval(middle, &[json!(0.2), json!(0.3)])?;
    page.until("a point is added where the pointer was pressed", || Ok(points()? == 6))?;
    page.eval("document.getElementById('wave').dispatchEvent(new PointerEvent('pointerup', { bubbles: true }))", &[])?;
    page.eval("document.querySelector('[data-testid=wave-point-3]').focus()", &[])?;
    let before =
        page.eval("return document.querySelector('[data-testid=wave-point-3]').getAttribute('aria-valuenow')", &[])?;
    page.press(&["ArrowDown"])?;
    page.until("the arrow key moves the point", || {
        let now = page
            .eval("return document.querySelector('[data-testid=wave-point-3]').getAttribute('aria-valuenow')", &[])?;
        Ok(now != before)
    })?;
    page.press(&["Delete"])?;
    page.until("Delete takes it away", || Ok(points()? == 5))?;
    page.wait_text("put-wave-line", "lab load ")
}

fn compared(page: &Page) -> Result<(), String> {
    page.fill("compare-span", "3h")?;
    page.fill("wave-workMilliseconds", "40")?;
    page.click("compare-go")?;
    page.wait_text("compare-table", "Task-minutes")?;
    page.wait_text("compare-table", "★")?;
    page.wait_for("compare-picture")?;
    // The result tells what was compared, and that it is of other fields.
    page.wait_text("compare-ways", "A: the policies as they are. B: no policy: the count stays.")?;
    page.wait_gone("compare-old")?;
    page.select("compare-a", "fixed")?;
    page.wait_text("compare-old", "compare again")?;
    page.wait_text("compare-ways", "A: the policies as they are.")?;
    page.select("compare-a", "now")?;
    page.wait_gone("compare-old")
}
