//! One sentence for each result, for the live region.

use ecs_lab::aws::ApiError;
use ecs_lab::event::FactKind;
use ecs_lab::lab::{Command, Lab, Outcome};
use serde_json::Value;

/// What came of a command, in a sentence.
pub fn said(command: &Command, result: &Result<Outcome, ApiError>, lab: &Lab) -> String {
    let outcome = match result {
        Ok(outcome) => outcome,
        Err(refusal) => return format!("Refused: {}", wording(&refusal.message, refusal.ours)),
    };
    let Command::Api(call) = command else {
        let events = outcome.facts.len();
        return format!("It is {}. {}", lab.now().clock(), counted(events, "thing happened.", "things happened."));
    };
    let reply = &outcome.reply;
    match call.operation.as_str() {
        "RegisterTaskDefinition" => {
            let definition = &reply["taskDefinition"];
            format!("{}:{} is registered.", text(&definition["family"]), definition["revision"])
        }
        "RunTask" => {
            let placed = reply["tasks"].as_array().map_or(0, Vec::len);
            let failures = reply["failures"].as_array().map(Vec::as_slice).unwrap_or_default();
            let mut words = counted(placed, "task placed", "tasks placed");
            // failures[] names instances, not tasks: how many tasks are missing is what happened.
            let missing: u32 = outcome
                .facts
                .iter()
                .map(|fact| match fact.kind {
                    FactKind::NotPlaced { missing, .. } => missing,
                    _ => 0,
                })
                .sum();
            if let Some(first) = failures.first() {
                words += &format!("; {missing} not placed: {}", text(&first["reason"]));
            }
            words + "."
        }
        "RunInstances" => {
            let count = reply["Instances"].as_array().map_or(0, Vec::len);
            counted(count, "instance starts.", "instances start.")
        }
        other => format!("{other}: done."),
    }
}

/// A message as it is, or with a word when the wording is the lab's own.
pub fn wording(message: &str, ours: bool) -> String {
    if ours { format!("{message} (wording of the lab)") } else { message.to_owned() }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn counted(count: usize, one: &str, many: &str) -> String {
    match count {
        0 => format!("No {many}"),
        1 => format!("1 {one}"),
        _ => format!("{count} {many}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ecs_lab::lab::Start;
    use ecs_lab::sim::SimDuration;
    use serde_json::json;

    #[test]
    fn each_result_has_its_sentence() {
        let definition = json!({"family": "web", "containerDefinitions": [{"name": "a", "image": "b", "memory": 64}]});
        let mut lab = Lab::new(Start::default());
        for (command, sentence) in [
            (Command::Advance(SimDuration::from_secs(60)), "It is 09:01:00. No things happened."),
            (Command::ecs("RegisterTaskDefinition", definition), "web:1 is registered."),
            (Command::ecs("RegisterTaskDefinition", json!({"family": "w", "containerDefinitions": []})), "Refused: "),
        ] {
            let result = lab.apply(command.clone());
            let words = said(&command, &result, &lab);
            assert!(words.starts_with(sentence), "{words}");
        }
    }
}
