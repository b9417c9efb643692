//! The settings file `config.toml`. Unknown settings warn with their line and the nearest name.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::failure::Failure;
use crate::tui::Columns;

/// Settings of the file, or their defaults.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SettingsFile {
    pub analyst: Option<String>,
    pub ui: Ui,
    pub keys: BTreeMap<String, String>,
    pub limits: LimitSettings,
    pub custody: CustodySettings,
}

/// Looks.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct Ui {
    /// auto, dark, light, high-contrast, mono
    pub theme: String,
    pub mouse: bool,
    /// utc, local, relative
    pub time: String,
    /// Columns of the time line; none for the usual ones.
    pub columns: Option<Vec<String>>,
}

impl Ui {
    /// Returns the names of the columns of the time line.
    pub(crate) fn columns(&self) -> Vec<String> {
        self.columns.clone().unwrap_or_else(|| Columns::default().words())
    }
}

impl Default for Ui {
    fn default() -> Self {
        Self { theme: "auto".to_owned(), mouse: false, time: "utc".to_owned(), columns: None }
    }
}

/// Caps.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct LimitSettings {
    /// `auto` or a size
    pub memory: Option<String>,
    pub decompressed_file: Option<String>,
}

/// Proofs.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct CustodySettings {
    /// Public keys of people whose checkpoints are trusted: `name+id+base64`
    pub known_keys: Vec<String>,
}

const TOP: &[&str] = &["analyst", "ui", "keys", "limits", "custody"];
const UI: &[&str] = &["theme", "mouse", "time", "columns"];
const CUSTODY: &[&str] = &["known_keys"];
const LIMITS: &[&str] = &["memory", "decompressed_file"];

impl SettingsFile {
    /// Reads the file; without one, the defaults. Returns warnings about settings that do not exist.
    pub(crate) fn load(path: &Path) -> Result<(Self, Vec<String>), Failure> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok((Self::default(), Vec::new()));
            }
            Err(error) => return Err(Failure::usage(format!("`{}`: {error}", path.display()))),
        };
        let settings: Self = toml::from_str(&text).map_err(|error| {
            Failure::usage(format!("`{}`: {}", path.display(), error.to_string().trim()))
        })?;
        let mut warnings = unknown(&text);
        warnings.extend(unknown_columns(&text, &settings.ui));
        Ok((settings, warnings))
    }
}

/// Returns a warning for each key that no setting has.
fn unknown(text: &str) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut known = TOP;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if let Some(section) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            known = match section {
                "ui" => UI,
                "limits" => LIMITS,
                "custody" => CUSTODY,
                "keys" => &[],
                _ => {
                    warnings.push(warning(number, section, TOP));
                    &[]
                }
            };
        } else if let Some((key, _)) = line.split_once('=') {
            let key = key.trim();
            if !known.is_empty() && !key.starts_with('#') && !known.contains(&key) {
                warnings.push(warning(number, key, known));
            }
        }
    }
    warnings
}

/// Returns a warning for each column that the time line does not have.
fn unknown_columns(text: &str, ui: &Ui) -> Vec<String> {
    let (_, unknown) = Columns::of_words(&ui.columns());
    let line_of = |word: &str| {
        let quoted = [format!("\"{word}\""), format!("'{word}'")];
        let is_it = |line: &str| quoted.iter().any(|quoted| line.contains(quoted.as_str()));
        text.lines().position(is_it).map_or(0, |idx| idx + 1)
    };
    unknown
        .into_iter()
        .map(|unknown| {
            format!(
                "config.toml line {}: `{}` is no column (did you mean {}?)",
                line_of(&unknown.word),
                unknown.word,
                unknown.nearest
            )
        })
        .collect()
}

fn warning(line: u32, key: &str, known: &[&str]) -> String {
    let nearest = crate::text::fuzzy::rank(key, known.iter().map(|name| (*name, *name)));
    let hint = nearest.first().map_or_else(|| known.join(", "), |(_, name)| (*name).to_owned());
    format!("config.toml line {line}: `{key}` is no setting (did you mean {hint}?)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_columns_are_named_with_their_line_and_the_nearest_name() {
        let text = "[ui]\ncolumns = [\n  \"time\", \"who\",\n  \"adress\",\n]\n";
        let settings: SettingsFile = toml::from_str(text).unwrap();
        let warnings = unknown_columns(text, &settings.ui);
        assert_eq!(warnings, ["config.toml line 4: `adress` is no column (did you mean address?)"]);
        assert!(unknown(text).is_empty());
    }

    #[test]
    fn unknown_settings_are_named_with_their_line() {
        let warnings = unknown(
            "[ui]\ntheme = \"dark\"\nmous = true\n[limts]\nmemory = \"auto\"\n[keys]\nwhy = \"w\"\n",
        );
        assert_eq!(warnings.len(), 2, "{warnings:?}");
        assert!(warnings[0].contains("line 3") && warnings[0].contains("`mous`"));
        assert!(warnings[1].contains("line 4"));
    }
}
