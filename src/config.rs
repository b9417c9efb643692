//! Arguments, settings file and environment become one checked configuration. The only reader of the environment.
//! Must not open a case or read evidence; no setting comes from the evidence folder.

mod file;
mod places;

use std::path::{Path, PathBuf};

use crate::cli::{Shared, When};
use crate::failure::Failure;
use crate::source::Caps;
use crate::store::Limits;
use crate::tui::Columns;
use crate::tui::settings::Settings;

pub(crate) use file::SettingsFile;
pub(crate) use places::Places;

/// Everything a command needs to know, checked.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub places: Places,
    pub settings: SettingsFile,
    /// Sentences about unknown settings.
    pub warnings: Vec<String>,
    pub analyst: String,
    pub limits: Limits,
    pub caps: Caps,
    /// Threads that read evidence.
    pub threads: usize,
    pub environment: Environment,
}

/// What the environment says about the terminal.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about the terminal")]
#[derive(Debug, Clone, Default)]
pub(crate) struct Environment {
    pub no_color: bool,
    pub is_dumb: bool,
    pub is_utf8: bool,
    pub has_true_color: bool,
    pub is_tmux: bool,
    pub term: String,
    /// The editor that the user wants, with its arguments.
    pub editor: Option<String>,
}

impl Config {
    /// Checks arguments, settings file and environment.
    pub(crate) fn new(shared: &Shared) -> Result<Self, Failure> {
        let places = Places::find()?;
        let (settings, mut warnings) = SettingsFile::load(&places.settings())?;
        let control = &shared.control;
        shared.output.tz.as_deref().map(zone).transpose()?;
        let threads = match control.threads {
            Some(0) => return Err(Failure::usage("`--threads` must be at least 1")),
            Some(threads) => threads,
            None => std::thread::available_parallelism().map_or(2, std::num::NonZero::get).min(16),
        };
        let memory = control.memory.as_deref().or(settings.limits.memory.as_deref());
        let inflated =
            control.max_inflated.as_deref().or(settings.limits.decompressed_file.as_deref());
        let caps = match inflated {
            None => Caps::default(),
            Some(text) => Caps { inflated: bytes(text, "--max-inflated")?, ..Caps::default() },
        };
        let analyst = control
            .analyst
            .clone()
            .or_else(|| settings.analyst.clone())
            .or_else(|| variable("USER"))
            .unwrap_or_else(|| "analyst".to_owned());
        let environment = Environment::read();
        if !places.is_writable() {
            warnings.push(format!(
                "`{}` cannot be written; nothing is remembered",
                places.state.display()
            ));
        }
        Ok(Self {
            limits: Limits {
                memory_mib: memory_mib(memory)?,
                threads: u32::try_from(threads).unwrap_or(16),
            },
            places,
            settings,
            warnings,
            analyst,
            caps,
            threads,
            environment,
        })
    }

    /// Returns the settings of the screens.
    pub(crate) fn screens(
        &self,
        shared: &Shared,
        case_name: &str,
        case: &Path,
    ) -> Result<Settings, Failure> {
        use crate::tui::theme::{ColorDepth, ThemeName};
        let theme = shared.control.theme.as_deref().unwrap_or(&self.settings.ui.theme);
        let theme = match theme {
            "auto" => ThemeName::Auto,
            "dark" => ThemeName::Dark,
            "light" => ThemeName::Light,
            "high-contrast" => ThemeName::HighContrast,
            "mono" => ThemeName::Mono,
            other => {
                return Err(Failure::usage(format!("`{other}` is no theme"))
                    .hint("themes are auto, dark, light, high-contrast, mono"));
            }
        };
        let color = if !self.wants_color(shared.output.color, true) {
            ColorDepth::None
        } else if self.environment.has_true_color {
            ColorDepth::True
        } else {
            ColorDepth::Sixteen
        };
        let zone = zone(shared.output.tz.as_deref().unwrap_or("local"))?;
        let time = match shared.output.tz.as_deref().unwrap_or(&self.settings.ui.time) {
            "utc" | "UTC" | "Z" => crate::tui::env::TimeStyle::Utc,
            "relative" => crate::tui::env::TimeStyle::Relative,
            _ => crate::tui::env::TimeStyle::Local,
        };
        let (columns, _) = Columns::of_words(&self.settings.ui.columns());
        Ok(Settings {
            columns,
            theme,
            color,
            ascii: shared.output.ascii || !self.environment.is_utf8,
            mouse: self.settings.ui.mouse,
            time,
            zone,
            case_name: case_name.to_owned(),
            case_argument: case.display().to_string(),
            keys: self
                .settings
                .keys
                .iter()
                .map(|(name, key)| (name.clone(), key.clone()))
                .collect(),
            is_tmux: self.environment.is_tmux,
            has_clipboard: !self.environment.is_dumb && self.environment.term != "linux",
            state_folder: Some(self.places.state.clone()),
            ..Settings::default()
        })
    }

    /// Returns true when color may be written to a stream.
    pub(crate) fn wants_color(&self, when: Option<When>, is_terminal: bool) -> bool {
        match when {
            Some(When::Always) => true,
            Some(When::Never) => false,
            Some(When::Auto) | None => {
                is_terminal && !self.environment.no_color && !self.environment.is_dumb
            }
        }
    }

    /// Returns the folder of a case: a path, or a name in the data folder.
    pub(crate) fn case_folder(&self, given: &Path) -> PathBuf {
        let is_name = given.components().count() == 1 && !given.exists();
        if is_name { self.places.cases().join(given) } else { given.to_owned() }
    }
}

impl Environment {
    fn read() -> Self {
        let term = variable("TERM").unwrap_or_default();
        let color_term = variable("COLORTERM").unwrap_or_default();
        let locale =
            ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(variable).unwrap_or_default();
        let locale = locale.to_ascii_lowercase();
        Self {
            no_color: variable("NO_COLOR").is_some(),
            is_dumb: term == "dumb",
            is_utf8: locale.contains("utf-8") || locale.contains("utf8"),
            has_true_color: color_term == "truecolor" || color_term == "24bit",
            is_tmux: variable("TMUX").is_some(),
            term,
            editor: variable("VISUAL").or_else(|| variable("EDITOR")),
        }
    }
}

/// Returns an environment variable that is set and not empty.
fn variable(name: &str) -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the place where the environment is read"
    )]
    let value = std::env::var(name).ok();
    value.filter(|value| !value.is_empty())
}

/// Reads a zone of times.
pub(crate) fn zone(text: &str) -> Result<jiff::tz::TimeZone, Failure> {
    match text {
        "utc" | "UTC" | "Z" | "relative" => Ok(jiff::tz::TimeZone::UTC),
        "local" => Ok(jiff::tz::TimeZone::system()),
        name => jiff::tz::TimeZone::get(name).map_err(|error| {
            Failure::usage(format!("`--tz {name}`: {error}"))
                .hint("UTC, local, or a name such as Europe/Berlin")
        }),
    }
}

/// Reads a size such as `800MiB`, `3GiB`, `1000000`.
fn bytes(text: &str, what: &str) -> Result<u64, Failure> {
    let digits = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" | "kb" => 1 << 10,
        "m" | "mib" | "mb" => 1 << 20,
        "g" | "gib" | "gb" => 1 << 30,
        _ => 0,
    };
    match number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor)) {
        Some(bytes) if bytes > 0 => Ok(bytes),
        _ => Err(Failure::usage(format!("`{what} {text}` is no size"))
            .hint("a size is a number with KiB, MiB or GiB")),
    }
}

/// Returns the memory the database may use, in MiB. The rest of the program needs up to about 400 MiB beside it.
fn memory_mib(given: Option<&str>) -> Result<u64, Failure> {
    const AUTO_MOST: u64 = 640;
    match given {
        Some(text) if text != "auto" => {
            let mib = bytes(text, "--memory")? >> 20;
            if mib < 128 {
                return Err(Failure::usage("`--memory` must be at least 128MiB"));
            }
            Ok(mib)
        }
        _ => {
            let half = physical_memory_mib() / 2;
            Ok(half.saturating_sub(400).clamp(256, AUTO_MOST))
        }
    }
}

fn physical_memory_mib() -> u64 {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = text.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let kib = total.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    kib.map_or(4096, |kib| kib >> 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_their_units() {
        assert_eq!(bytes("3GiB", "x").unwrap(), 3 << 30);
        assert_eq!(bytes("800MiB", "x").unwrap(), 800 << 20);
        assert_eq!(bytes("17", "x").unwrap(), 17);
        assert!(bytes("many", "x").is_err());
        assert!(bytes("5 parsecs", "x").is_err());
    }
}
