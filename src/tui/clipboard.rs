//! Copying: OSC 52, which also works over SSH, or a file in the state folder when the text is too long or the terminal
//! is known not to take it. Never claims a copy that was not sent.

use std::io;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Longest text that common terminals take in one clipboard write.
const LONGEST: usize = 74_994;

/// How a text is copied.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Door {
    /// A sequence for the terminal.
    Sequence(String),
    /// A file that was written.
    File(PathBuf),
}

/// Returns the sequence that copies `text`, or writes a file into `folder`.
pub(super) fn copy(
    text: &str,
    is_tmux: bool,
    has_clipboard: bool,
    folder: Option<&Path>,
) -> io::Result<Door> {
    if has_clipboard && text.len() <= LONGEST {
        return Ok(Door::Sequence(sequence(text, is_tmux)));
    }
    let Some(folder) = folder else {
        return Err(io::Error::other(
            "the text is too long for the terminal, and there is no state folder",
        ));
    };
    std::fs::create_dir_all(folder)?;
    let path = folder.join("copied.txt");
    std::fs::write(&path, text)?;
    Ok(Door::File(path))
}

fn sequence(text: &str, is_tmux: bool) -> String {
    let plain = format!("\x1b]52;c;{}\x07", STANDARD.encode(text));
    // tmux hands a sequence through when it is wrapped and its escapes are doubled.
    if is_tmux { format!("\x1bPtmux;{}\x1b\\", plain.replace('\x1b', "\x1b\x1b")) } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_text_goes_to_the_terminal() {
        let door = copy("row", false, true, None).unwrap();
        assert_eq!(door, Door::Sequence("\x1b]52;c;cm93\x07".into()));
        let door = copy("row", true, true, None).unwrap();
        assert_eq!(door, Door::Sequence("\x1bPtmux;\x1b\x1b]52;c;cm93\x07\x1b\\".into()));
    }

    #[test]
    fn long_text_is_never_claimed_as_copied() {
        let long = "x".repeat(LONGEST + 1);
        assert!(copy(&long, false, true, None).is_err());
        assert!(copy("row", false, false, None).is_err());
    }
}
