//! What a text comes to as a task definition: the value the form edits, everything that is wrong and where, what was
//! left out, and what follows from it.

use crate::app::store::wording;
use ecs_lab::sim::sorted::{Map, Set};

use ecs_lab::aws::import::{Finding, import};
use ecs_lab::aws::json;
use ecs_lab::ecs::taskdef::{self, Registration};
use serde_json::Value;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// The member, as `containerDefinitions[0].memory`; empty for the whole.
    pub path: String,
    /// Its line in the text, from 1; none when the text as a whole is refused.
    pub line: Option<usize>,
    /// AWS's own text, or ours.
    pub text: String,
}

/// A text, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Analysis {
    /// The input for RegisterTaskDefinition; none when the text is no JSON.
    pub input: Option<Value>,
    /// Why the form cannot be used, when it cannot.
    pub form_rests: Option<String>,
    /// What is wrong, by line.
    pub problems: Vec<Problem>,
    /// Whether the text holds what no call can carry: duplicates, unknown members, wrong types. Then nothing registers.
    pub unsound: bool,
    /// What was left out or unwrapped.
    pub notices: Vec<String>,
    /// What AWS would make of it, when nothing is wrong.
    pub registration: Option<Registration>,
}

/// Reads a text. Total: any text is answered.
pub fn analyse(text: &str) -> Analysis {
    let found = match import(text) {
        Ok(found) => found,
        Err(error) => return not_json(text, error),
    };
    let document = json::parse(text).ok();
    let prefix = if found.unwrapped { "taskDefinition." } else { "" };
    let line = |path: &str| document.as_ref().map(|document| document.nearest(&format!("{prefix}{path}")).line);
    let unsound = !found.problems.is_empty();
    let mut problems: Vec<Problem> = found.problems.into_iter().map(shape_problem).collect();
    let told: Set<String> = problems.iter().map(|problem| problem.path.clone()).collect();
    for refusal in taskdef::problems(&found.input) {
        if refusal.path.is_empty() || !told.contains(&refusal.path) {
            let text = wording(&refusal.message, refusal.ours);
            problems.push(Problem { line: line(&refusal.path), path: refusal.path, text });
        }
    }
    ecs_lab::sim::order::sort_by_key(&mut problems, |problem| problem.line);
    let mut notices: Vec<String> = found.notices.into_iter().map(|notice| notice.text).collect();
    if found.unwrapped {
        notices.insert(0, "The definition stood in \"taskDefinition\", as AWS answers it; it is taken out.".into());
    }
    let doubled = document.as_ref().is_some_and(|document| !document.duplicates().is_empty());
    let form_rests = if doubled {
        Some("A member stands twice in the JSON; the form would lose one of the two. Remove one first.".to_owned())
    } else if !found.input.is_object() {
        Some("The JSON is not an object, so the form has nothing to show.".to_owned())
    } else {
        None
    };
    let registration = problems.is_empty().then(|| taskdef::validate(&found.input).ok()).flatten();
    Analysis { input: Some(found.input), form_rests, problems, unsound, notices, registration }
}

impl Analysis {
    /// The first problem of each member, for the fields.
    pub fn by_path(&self) -> Map<String, String> {
        let mut map = Map::new();
        for problem in &self.problems {
            map.or_insert_with(problem.path.clone(), || problem.text.clone());
        }
        map
    }

    /// The lines with a problem.
    pub fn bad_lines(&self) -> Set<usize> {
        self.problems.iter().filter_map(|problem| problem.line).collect()
    }
}

fn shape_problem(finding: Finding) -> Problem {
    Problem { path: finding.path, line: Some(finding.position.line), text: finding.text }
}

fn not_json(text: &str, error: json::JsonError) -> Analysis {
    let rests = "The JSON cannot be read yet; the form comes back when it can.";
    let (problems, form_rests) = if text.trim().is_empty() {
        (Vec::new(), "Type or paste a definition, open a file, or start from an example.")
    } else {
        let line = error.position.map(|position| position.line);
        let at = error.position.map(|position| format!("Line {}, column {}: ", position.line, position.column));
        let text = format!("{}{}", at.unwrap_or_default(), error.message);
        (vec![Problem { path: String::new(), line, text }], rests)
    };
    Analysis {
        input: None,
        form_rests: Some(form_rests.to_owned()),
        problems,
        unsound: true,
        notices: Vec::new(),
        registration: None,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_stands_twice_registers_nothing() {
        let twice = r#"{"family":"a","family":"b","containerDefinitions":[{"name":"a","image":"n","memory":10}]}"#;
        assert!(super::analyse(twice).unsound);
        assert!(!super::analyse(&twice.replace(r#""family":"a","#, "")).unsound);
    }

    use super::*;

    const GOOD: &str = r#"{
  "family": "web",
  "containerDefinitions": [
    { "name": "app", "image": "nginx", "memory": 128 }
  ]
}"#;

    #[test]
    fn a_good_definition_has_no_problem_and_says_where_it_runs() {
        let read = analyse(GOOD);
        assert_eq!((read.problems, read.form_rests, read.notices), (vec![], None, vec![]));
        assert!(read.registration.unwrap().compatibilities.contains(&"EC2".to_owned()));
    }

    #[test]
    fn problems_stand_at_their_lines() {
        for (from, to, line, path, words) in [
            ("\"nginx\"", "7", 4, "containerDefinitions[0].image", "type"),
            ("\"memory\": 128", "\"memroy\": 128", 4, "containerDefinitions[0].memroy", "memroy"),
            (
                "128",
                "128, \"memoryReservation\": 256",
                4,
                "containerDefinitions[0].memoryReservation",
                "memoryreservation",
            ),
        ] {
            let read = analyse(&GOOD.replace(from, to));
            let found = read.problems.iter().find(|problem| problem.path == path);
            let found = found.unwrap_or_else(|| panic!("{to}: {:?}", read.problems));
            assert_eq!(found.line, Some(line), "{to}");
            assert!(found.text.to_lowercase().contains(words), "{}", found.text);
            assert!(
                read.registration.is_none() && read.by_path().contains_key(path) && read.bad_lines().contains(&line)
            );
        }
    }

    #[test]
    fn a_wrapped_definition_is_unwrapped_and_its_lines_hold() {
        let wrapped = format!(
            "{{\n\"taskDefinition\": {}\n}}",
            GOOD.replace("128", "128, \"memoryReservation\": 256")
                .replace("\"family\"", "\"revision\": 3,\n\"family\"")
        );
        let read = analyse(&wrapped);
        assert_eq!(read.notices.len(), 2, "{:?}", read.notices);
        let problem = &read.problems[0];
        assert_eq!((problem.line, problem.path.as_str()), (Some(6), "containerDefinitions[0].memoryReservation"));
    }

    #[test]
    fn the_form_rests_while_it_could_lose_something() {
        for (text, problems) in [("", 0), ("{", 1), ("[]", 1), (r#"{"family":"a","family":"b"}"#, 1)] {
            let read = analyse(text);
            assert!(read.form_rests.is_some(), "{text}");
            assert!(read.problems.len() >= problems, "{text}: {:?}", read.problems);
        }
        assert_eq!(analyse("{\n\"a\": oops}").problems[0].line, Some(2));
        assert_eq!(analyse(&" ".repeat(10_000_000)).problems.len(), 0);
        assert_eq!(analyse(&"x".repeat(10_000_000)).problems.len(), 1);
    }
}
