//! Colors by role. Code names roles; only this file knows what they look like. Without color, bold, underline and
//! reverse are left, and words carry the meaning anyway.

use ratatui::style::{Color, Modifier, Style};

use crate::model::{Grade, Outcome};

/// Themes a user can choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ThemeName {
    /// As the terminal's background is; dark until it has said so.
    #[default]
    Auto,
    Dark,
    Light,
    HighContrast,
    Mono,
}

/// What the terminal said about its background.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    Dark,
    Light,
}

/// What the terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColorDepth {
    /// Bold, underline and reverse only (`NO_COLOR`, `--color never`, `TERM=dumb`).
    None,
    Sixteen,
    #[default]
    True,
}

/// What a piece of text means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Plain,
    /// Headings and the bar.
    Title,
    /// Rules, legends, what matters least.
    Faint,
    Refused,
    Broken,
    Waits,
    Bad,
    Suspicious,
    Good,
    Blind,
    LinkExact,
    LinkDerived,
    LinkNear,
    LinkNone,
    /// The row under the cursor.
    Cursor,
    /// The column that `+` and `-` take their value from.
    Column,
}

/// Colors of one role: true color, and its place among sixteen.
#[derive(Debug, Clone, Copy)]
struct Hue {
    rgb: (u8, u8, u8),
    sixteen: Color,
}

const fn hue(rgb: (u8, u8, u8), sixteen: Color) -> Hue {
    Hue { rgb, sixteen }
}

/// Hues of one theme.
#[derive(Debug, Clone, Copy)]
struct Palette {
    refused: Hue,
    broken: Hue,
    waits: Hue,
    good: Hue,
    blind: Hue,
    faint: Hue,
}

const DARK: Palette = Palette {
    refused: hue((0xff, 0x7f, 0x50), Color::LightRed),
    broken: hue((0xe6, 0x9f, 0x00), Color::Yellow),
    waits: hue((0x56, 0xb4, 0xe9), Color::LightBlue),
    good: hue((0x2c, 0xc7, 0xa0), Color::LightCyan),
    blind: hue((0xd9, 0xa0, 0xc5), Color::LightMagenta),
    faint: hue((0xa0, 0xa0, 0xa0), Color::Gray),
};

const LIGHT: Palette = Palette {
    refused: hue((0xa3, 0x3b, 0x00), Color::Red),
    broken: hue((0x7a, 0x52, 0x00), Color::Red),
    waits: hue((0x00, 0x5a, 0x8f), Color::Blue),
    good: hue((0x00, 0x66, 0x4b), Color::Blue),
    blind: hue((0x7b, 0x3f, 0x66), Color::Magenta),
    faint: hue((0x5c, 0x5c, 0x5c), Color::DarkGray),
};

const HIGH: Palette = Palette {
    refused: hue((0xff, 0xa0, 0x7a), Color::LightRed),
    broken: hue((0xff, 0xd0, 0x40), Color::LightYellow),
    waits: hue((0x9a, 0xd8, 0xff), Color::LightBlue),
    good: hue((0x7d, 0xf0, 0xd0), Color::LightCyan),
    blind: hue((0xff, 0xc8, 0xee), Color::LightMagenta),
    faint: hue((0xe0, 0xe0, 0xe0), Color::White),
};

/// Styles of every role.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Theme {
    palette: Option<Palette>,
    depth: ColorDepth,
}

impl Theme {
    /// Returns the theme `name` at the given depth.
    pub(crate) const fn new(name: ThemeName, depth: ColorDepth) -> Self {
        let palette = match (name, depth) {
            (_, ColorDepth::None) | (ThemeName::Mono, _) => None,
            (ThemeName::Auto | ThemeName::Dark, _) => Some(DARK),
            (ThemeName::Light, _) => Some(LIGHT),
            (ThemeName::HighContrast, _) => Some(HIGH),
        };
        Self { palette, depth }
    }

    /// Returns the theme at the same depth for a background.
    pub(crate) const fn on(&self, ground: Ground) -> Self {
        match ground {
            Ground::Dark => Self::new(ThemeName::Dark, self.depth),
            Ground::Light => Self::new(ThemeName::Light, self.depth),
        }
    }

    /// Returns the style of `role`.
    pub(crate) fn style(&self, role: Role) -> Style {
        let plain = Style::new();
        let color = |pick: fn(&Palette) -> Hue| match (&self.palette, self.depth) {
            (None, _) | (_, ColorDepth::None) => plain,
            (Some(palette), ColorDepth::Sixteen) => plain.fg(pick(palette).sixteen),
            (Some(palette), ColorDepth::True) => {
                let (red, green, blue) = pick(palette).rgb;
                plain.fg(Color::Rgb(red, green, blue))
            }
        };
        match role {
            Role::Plain | Role::LinkDerived => plain,
            Role::Title | Role::LinkExact => plain.add_modifier(Modifier::BOLD),
            Role::Faint | Role::LinkNone => color(|palette| palette.faint),
            Role::Refused => color(|palette| palette.refused).add_modifier(Modifier::BOLD),
            Role::Broken | Role::Suspicious => color(|palette| palette.broken),
            Role::Waits => color(|palette| palette.waits),
            Role::Bad => color(|palette| palette.refused).add_modifier(Modifier::REVERSED),
            Role::Good => color(|palette| palette.good),
            Role::Blind => color(|palette| palette.blind),
            Role::LinkNear | Role::Column => plain.add_modifier(Modifier::UNDERLINED),
            Role::Cursor => plain.add_modifier(Modifier::REVERSED),
        }
    }

    /// Returns the style of an outcome.
    pub(crate) fn outcome(&self, outcome: Outcome) -> Style {
        self.style(match outcome {
            Outcome::Success => Role::Plain,
            Outcome::Denied => Role::Refused,
            Outcome::Error => Role::Broken,
            Outcome::Held => Role::Waits,
            Outcome::Unknown => Role::Faint,
        })
    }

    /// Returns the style of a link grade.
    pub(crate) fn grade(&self, grade: Grade) -> Style {
        self.style(match grade {
            Grade::Exact => Role::LinkExact,
            Grade::Derived => Role::LinkDerived,
            Grade::Near => Role::LinkNear,
            Grade::None => Role::LinkNone,
        })
    }

    /// Returns the style of a tag.
    pub(crate) fn tag(&self, tag: &str) -> Style {
        self.style(match tag {
            "bad" => Role::Bad,
            "suspicious" => Role::Suspicious,
            "good" => Role::Good,
            _ => Role::Plain,
        })
    }
}

/// Returns the word of a tag in the four cells of the TAG column.
pub(crate) fn tag_word(tag: &str) -> &str {
    if tag == "suspicious" { "sus" } else { tag }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance((red, green, blue): (u8, u8, u8)) -> f64 {
        let linear = |channel: u8| {
            let share = f64::from(channel) / 255.0;
            if share <= 0.039_28 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    fn contrast(front: (u8, u8, u8), back: (u8, u8, u8)) -> f64 {
        let (one, other) = (luminance(front), luminance(back));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    fn hues(palette: &Palette) -> [Hue; 6] {
        [palette.refused, palette.broken, palette.waits, palette.good, palette.blind, palette.faint]
    }

    #[test]
    fn every_hue_reaches_contrast_on_its_background() {
        let black = [(0, 0, 0), (0x1e, 0x1e, 0x1e)];
        let white = [(0xff, 0xff, 0xff), (0xfa, 0xfa, 0xf5)];
        for (palette, backs, least) in
            [(&DARK, black, 4.5), (&LIGHT, white, 4.5), (&HIGH, black, 7.0)]
        {
            for hue in hues(palette) {
                for back in backs {
                    let ratio = contrast(hue.rgb, back);
                    assert!(ratio >= least, "{:?} on {back:?} has {ratio:.2}", hue.rgb);
                }
            }
        }
    }

    #[test]
    fn without_color_no_style_names_one() {
        for theme in [
            Theme::new(ThemeName::Mono, ColorDepth::True),
            Theme::new(ThemeName::Dark, ColorDepth::None),
        ] {
            for role in [
                Role::Refused,
                Role::Broken,
                Role::Waits,
                Role::Bad,
                Role::Good,
                Role::Blind,
                Role::Faint,
            ] {
                assert_eq!((theme.style(role).fg, theme.style(role).bg), (None, None));
            }
        }
    }
}
