//! Patterns of declared facts: text in which `*` stands for any letters and `?` for one. The one place that matches them.

use std::fmt;

/// A glob over a whole text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern(String);

/// Whether `A` and `a` are the same letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Letters {
    Exact,
    /// ASCII letters are equal in both cases, as in names of API operations.
    AnyCase,
}

impl Pattern {
    /// Returns the pattern written as `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns true when every text matches.
    pub fn is_any(&self) -> bool {
        !self.0.is_empty() && self.0.bytes().all(|letter| letter == b'*')
    }

    /// Returns true when the whole of `text` matches.
    pub fn matches(&self, text: &str) -> bool {
        glob(&self.0, text, Letters::Exact)
    }

    /// Returns true when the whole of `text` matches with ASCII letters in any case.
    pub fn matches_any_case(&self, text: &str) -> bool {
        glob(&self.0, text, Letters::AnyCase)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns true when `text` matches `pattern` as a whole. Takes time proportional to the product of both lengths at
/// most, whatever the pattern.
pub fn glob(pattern: &str, text: &str, letters: Letters) -> bool {
    let is_same = |left: char, right: char| match letters {
        Letters::Exact => left == right,
        Letters::AnyCase => left.eq_ignore_ascii_case(&right),
    };
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    // Where to go on when a star has to take one more letter.
    let mut again: Option<(std::str::Chars<'_>, std::str::Chars<'_>)> = None;
    loop {
        let (before, mut rest) = (text.clone(), text.clone());
        match (pattern.next(), rest.next()) {
            (Some('*'), _) => again = Some((pattern.clone(), before)),
            (Some('?'), Some(_)) => text = rest,
            (Some(wanted), Some(letter)) if is_same(wanted, letter) => text = rest,
            (None, None) => return true,
            _ => {
                let Some((after_star, taken)) = &mut again else { return false };
                if taken.next().is_none() {
                    return false;
                }
                pattern = after_star.clone();
                text = taken.clone();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks_stand_for_letters_of_the_whole_text() {
        for (pattern, text, holds) in [
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("a*", "abc", true),
            ("a*", "ba", false),
            ("*c", "abcc", true),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("?", "ä", true),
            ("??", "a", false),
            ("arn:aws:s3:::acme-*/q?.csv", "arn:aws:s3:::acme-x/y/q2.csv", true),
            ("**a**", "bab", true),
        ] {
            assert_eq!(Pattern::new(pattern).matches(text), holds, "{pattern} {text}");
        }
    }

    #[test]
    fn letters_are_exact_unless_asked_otherwise() {
        let pattern = Pattern::new("IAM:Attach*");
        assert!(!pattern.matches("iam:AttachRolePolicy"));
        assert!(pattern.matches_any_case("iam:AttachRolePolicy"));
        assert!(Pattern::new("**").is_any() && !Pattern::new("").is_any());
    }

    #[test]
    fn many_stars_do_not_take_for_ever() {
        let text = "a".repeat(3000);
        assert!(!Pattern::new("a*".repeat(40) + "b").matches(&text));
    }
}
