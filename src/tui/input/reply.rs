//! The terminal's answer to the question for its background color. It arrives among the keys, letter by letter, and
//! perhaps late: it must neither be waited for nor be taken for keys.

use std::time::Duration;

use super::Background;
use crate::tui::key::{Code, Key};
use crate::tui::theme::Ground;

/// An answer that begins later than this is no answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// Letters of the longest answer: `11;rgba:ffff/ffff/ffff/ffff`.
const LONGEST: usize = 32;

/// What a key was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// A key of the analyst.
    NotOurs,
    /// A piece of the answer.
    Part,
    /// The end of the answer, with what it says if that can be understood.
    Whole(Option<Ground>),
}

/// Picks the answer out of the keys.
#[derive(Debug)]
pub(super) struct Reply {
    /// Until when the answer may begin.
    until: Option<Duration>,
    /// Letters so far, once it has begun.
    text: Option<String>,
}

impl Reply {
    pub(super) fn expected(background: Background, now: Duration) -> Self {
        let until = match background {
            Background::Asked => Some(now + PATIENCE),
            Background::NotAsked => None,
        };
        Self { until, text: None }
    }

    /// Looks at one key.
    pub(super) fn take(&mut self, key: Key, now: Duration) -> Taken {
        let Some(text) = &mut self.text else {
            let is_begin = key.code == Code::Char(']') && key.alt;
            if is_begin && self.until.take_if(|until| *until >= now).is_some() {
                self.text = Some(String::new());
                return Taken::Part;
            }
            return Taken::NotOurs;
        };
        let is_bell = key.is_ctrl('g');
        let is_end = key.code == Code::Char('\\') && key.alt;
        match key.typed() {
            Some(letter) if text.len() < LONGEST => {
                text.push(letter);
                return Taken::Part;
            }
            _ => {}
        }
        let text = self.text.take().unwrap_or_default();
        if is_bell || is_end { Taken::Whole(ground_of(&text)) } else { Taken::NotOurs }
    }
}

/// Reads `11;rgb:1e1e/1e1e/1e1e`; the parts have one to four digits.
fn ground_of(text: &str) -> Option<Ground> {
    let (_, colors) = text.strip_prefix("11;rgb")?.split_once(':')?;
    let mut shares = colors.split('/').map(|digits| {
        let most = 16_u32.checked_pow(u32::try_from(digits.len()).ok()?)?.checked_sub(1)?;
        let value = u32::from_str_radix(digits, 16).ok()?;
        (most > 0).then(|| f64::from(value) / f64::from(most))
    });
    let (red, green, blue) = (shares.next()??, shares.next()??, shares.next()??);
    let light = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    Some(if light > 0.5 { Ground::Light } else { Ground::Dark })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1);

    fn keys(body: &str, end: &str) -> Vec<Key> {
        let letters = body.chars().map(|letter| Key::plain(Code::Char(letter)));
        let begin = Key::parse("Alt-]").unwrap();
        std::iter::once(begin).chain(letters).chain(Key::parse(end)).collect()
    }

    fn taken(keys: &[Key], background: Background) -> Vec<Taken> {
        let mut reply = Reply::expected(background, NOW);
        keys.iter().map(|key| reply.take(*key, NOW)).collect()
    }

    #[test]
    fn answer_is_read_and_none_of_it_reaches_the_screens() {
        for (body, end, ground) in [
            ("11;rgb:ffff/fafa/f5f5", "Alt-\\", Ground::Light),
            ("11;rgb:1e/1e/1e", "Ctrl-G", Ground::Dark),
        ] {
            let taken = taken(&keys(body, end), Background::Asked);
            assert!(!taken.contains(&Taken::NotOurs), "{taken:?}");
            assert_eq!(taken.last(), Some(&Taken::Whole(Some(ground))));
        }
    }

    #[test]
    fn keys_are_keys_when_nothing_was_asked_or_the_answer_never_ends() {
        let keys_of_analyst = keys("1r", "Enter");
        assert_eq!(taken(&keys_of_analyst, Background::NotAsked), [Taken::NotOurs; 4]);
        let taken = taken(&keys(&"x".repeat(60), "q"), Background::Asked);
        assert_eq!(taken.iter().filter(|taken| **taken == Taken::Part).count(), 1 + LONGEST);
        assert_eq!(taken.last(), Some(&Taken::NotOurs));
    }

    #[test]
    fn answer_that_comes_too_late_is_not_one() {
        let mut reply = Reply::expected(Background::Asked, NOW);
        let late = NOW + PATIENCE + Duration::from_secs(1);
        assert_eq!(reply.take(Key::parse("Alt-]").unwrap(), late), Taken::NotOurs);
    }

    #[test]
    fn nonsense_says_nothing_about_the_background() {
        for text in ["", "11;rgb:", "11;rgb:zz/00/00", "11;rgb:00/00", "10;rgb:00/00/00"] {
            assert_eq!(ground_of(text), None, "{text}");
        }
    }
}
