//! Small cards for tests.

use super::card::{Answer, Card, Kind, Status};
use alloc::string::ToString;
use alloc::vec::Vec;

pub fn flip(id: &str, question: &str, answer: &str) -> Card {
    card(id, Kind::Flip { question: question.to_string(), answer: answer.to_string() })
}

pub fn choice(id: &str, options: &[(&str, bool)]) -> Card {
    let options = options
        .iter()
        .map(|(text, right)| Answer { text: text.to_string(), right: *right, why: "because".to_string() })
        .collect();
    card(id, Kind::Choice { question: "Which?".to_string(), options })
}

fn card(id: &str, kind: Kind) -> Card {
    Card {
        id: id.to_string(),
        kind,
        source: Vec::new(),
        status: Status::Imported,
        explanation: "why".to_string(),
        tags: Vec::new(),
        rules: Vec::new(),
        see: Vec::new(),
        proof: None,
    }
}
