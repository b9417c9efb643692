//! Which key asks for which command: the table's keys, with those of the settings file put over them.
//! Must not know views; which of several commands a key means is decided by who is on top.

use super::command::{Command, Entry, Group, TABLE, by_name};
use super::key::Key;

/// Keys and the commands they ask for.
#[derive(Debug, Clone)]
pub struct Keymap {
    bindings: Vec<(Key, Command)>,
}

impl Default for Keymap {
    fn default() -> Self {
        let bound = |entry: &'static Entry| {
            entry.keys.iter().filter_map(|text| Key::parse(text)).map(|key| (key, entry.command))
        };
        Self { bindings: TABLE.iter().flat_map(bound).collect() }
    }
}

impl Keymap {
    /// Returns the default map with `changes` (command name, key) put over it, and one sentence for each change that
    /// cannot be made. A changed command loses its default keys.
    pub fn with_changes(changes: &[(String, String)]) -> (Self, Vec<String>) {
        let mut map = Self::default();
        let mut troubles = Vec::new();
        for (name, text) in changes {
            match (by_name(name), Key::parse(text)) {
                (Some(command), Some(key)) => {
                    map.bindings.retain(|(_, bound)| *bound != command);
                    map.bindings.insert(0, (key, command));
                }
                (None, _) => troubles.push(format!("no command is called `{name}`")),
                (_, None) => troubles.push(format!("no key is called `{text}` (command `{name}`)")),
            }
        }
        (map, troubles)
    }

    /// Returns the commands that `key` can mean, in the order of the table.
    pub fn candidates(&self, key: Key) -> impl Iterator<Item = Command> + '_ {
        self.bindings.iter().filter(move |(bound, _)| *bound == key).map(|(_, command)| *command)
    }

    /// Returns the keys of `command`.
    pub fn keys(&self, command: Command) -> impl Iterator<Item = Key> + '_ {
        self.bindings.iter().filter(move |(_, bound)| *bound == command).map(|(key, _)| *key)
    }

    /// Returns the first key of `command` as text, or nothing when it has none.
    pub fn key_text(&self, command: Command) -> String {
        self.keys(command).next().map(|key| key.to_string()).unwrap_or_default()
    }

    /// Returns the lines of `group` for help: keys and what they do. Commands that say the same share a line.
    pub fn help_lines(&self, group: Group) -> Vec<(String, &'static str, Command)> {
        let mut lines: Vec<(Vec<String>, &'static str, Command)> = Vec::new();
        for entry in TABLE.iter().filter(|entry| entry.group == group) {
            let keys: Vec<String> = self.keys(entry.command).map(|key| key.to_string()).collect();
            if keys.is_empty() {
                continue;
            }
            match lines.last_mut().filter(|(_, help, _)| *help == entry.help) {
                Some((known, _, _)) => known.extend(keys),
                None => lines.push((keys, entry.help, entry.command)),
            }
        }
        lines.into_iter().map(|(keys, help, command)| (join_keys(&keys), help, command)).collect()
    }

    /// Returns the whole map as text, one command a line: what `whytrail keymap` prints.
    pub fn text(&self) -> String {
        let mut lines = Vec::new();
        for group in Group::ALL {
            lines.push(group.title().to_owned());
            for entry in TABLE.iter().filter(|entry| entry.group == *group) {
                let keys: Vec<String> =
                    self.keys(entry.command).map(|key| key.to_string()).collect();
                let keys =
                    if keys.is_empty() { format!(":{}", entry.name) } else { keys.join(" ") };
                lines.push(format!("  {keys:<15} {:<20} {}", entry.name, entry.help));
            }
        }
        lines.join("\n") + "\n"
    }
}

/// Writes runs of digits as `0..9`, other keys side by side.
fn join_keys(keys: &[String]) -> String {
    match (keys.first(), keys.last()) {
        (Some(first), Some(last)) if keys.len() > 4 => format!("{first}..{last}"),
        _ => keys.join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_replace_the_keys_of_a_command() {
        let changes = [("why".to_owned(), "W".to_owned()), ("nonsense".to_owned(), "x".to_owned())];
        let (map, troubles) = Keymap::with_changes(&changes);
        assert_eq!(map.key_text(Command::Why), "W");
        assert_eq!(map.candidates(Key::parse("w").unwrap()).count(), 0);
        assert_eq!(troubles, ["no command is called `nonsense`"]);
    }

    #[test]
    fn digits_share_a_help_line() {
        let lines = Keymap::default().help_lines(Group::Replay);
        assert!(lines.iter().any(|(keys, help, _)| keys == "0..9" && *help == "jump to tenths"));
    }

    #[test]
    fn every_command_is_in_the_printed_map() {
        let text = Keymap::default().text();
        for entry in TABLE {
            assert!(text.contains(entry.name), "{}", entry.name);
        }
    }
}
