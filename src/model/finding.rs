//! What a person says of a finding beside its facts and the narrative. Owns the words and what a text of each may be.

use serde::{Deserialize, Serialize};

/// A field of a finding that a person fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FindingField {
    /// What it led to, for whom.
    Effect,
    /// How sure the analyst is: low, medium, high.
    Confidence,
    /// What should be done.
    Remedy,
    /// Who does it.
    Owner,
    /// Until when: a date.
    Due,
}

impl FindingField {
    /// Every field, in the order of forms and reports.
    pub const ALL: &'static [Self] =
        &[Self::Effect, Self::Confidence, Self::Remedy, Self::Owner, Self::Due];

    /// Returns the word used in the journal, in options and exports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Effect => "effect",
            Self::Confidence => "confidence",
            Self::Remedy => "remedy",
            Self::Owner => "owner",
            Self::Due => "due",
        }
    }

    /// Returns what belongs into the field.
    pub const fn asks(self) -> &'static str {
        match self {
            Self::Effect => "what it led to, and for whom",
            Self::Confidence => "low, medium or high: how sure you are",
            Self::Remedy => "what should be done",
            Self::Owner => "who does it",
            Self::Due => "until when: 2026-08-01",
        }
    }

    /// Returns `text` as it is kept, or why it cannot be. An empty text clears the field.
    pub fn checked(self, text: &str) -> Result<String, String> {
        let text = text.trim();
        let fits = match self {
            Self::Effect | Self::Remedy | Self::Owner => true,
            Self::Confidence => matches!(text, "" | "low" | "medium" | "high"),
            Self::Due => text.is_empty() || text.parse::<jiff::civil::Date>().is_ok(),
        };
        if fits {
            Ok(text.to_owned())
        } else {
            Err(format!("`{text}` is no {}: {}", self.as_str(), self.asks()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_journal_and_only_fitting_texts_are_kept() {
        for field in FindingField::ALL {
            let word = serde_json::to_value(field).unwrap();
            assert_eq!(word, field.as_str());
            assert_eq!(field.checked("  "), Ok(String::new()));
        }
        assert_eq!(FindingField::Due.checked(" 2026-08-01 "), Ok("2026-08-01".to_owned()));
        assert!(FindingField::Due.checked("soon").unwrap_err().contains("no due"));
        assert!(FindingField::Confidence.checked("certain").is_err());
        assert_eq!(FindingField::Owner.checked("B. Officer"), Ok("B. Officer".to_owned()));
    }
}
