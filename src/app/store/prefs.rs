//! The reader's choices. Theme, contrast and motion are the system's.

use serde::{Deserialize, Serialize};

/// Choices, kept between visits. An unknown member of a later version is ignored, a missing one is the default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Prefs {
    /// Whether a single key may act outside text fields (WCAG 2.1.4 asks that this can be switched off).
    pub single_keys: bool,
    /// Whether the fleet is shown as a table.
    pub table: bool,
}

impl Default for Prefs {
    fn default() -> Self {
        Self { single_keys: true, table: false }
    }
}

impl Prefs {
    /// Reads kept choices; what cannot be read is the default, since a choice is easily made again.
    pub fn read(text: Option<&str>) -> Self {
        text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    /// The choices as text.
    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_survive_and_strange_ones_do_no_harm() {
        let chosen = Prefs { single_keys: false, table: true };
        assert_eq!(Prefs::read(Some(&chosen.text())), chosen);
        assert_eq!(Prefs::read(Some(r#"{"single_keys":false,"later":1}"#)), Prefs { single_keys: false, table: false });
        for text in [None, Some(""), Some("[]"), Some(r#"{"single_keys":"maybe"}"#)] {
            assert_eq!(Prefs::read(text), Prefs::default(), "{text:?}");
        }
    }
}
