//! `report.html` and the short forms: a document as one page that needs nothing else. No script, no reference to the outside,
//! a policy that forbids both, and every text escaped by the templates. Must not decide what a report says.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::document::signing::Front;
use super::document::{Document, Section, Status, Table, Text};
use super::folder::WriteError;
use super::safe;

/// Name of the page.
pub const FILE: &str = "report.html";

const BLOCKS: &str = include_str!("templates/blocks.html");
const SECTIONS: &str = include_str!("templates/sections.html");
const PAGE: &str = include_str!("templates/page.html");
const STYLE: &str = include_str!("templates/style.css");

/// Lines around what the digest of the text is taken of.
const BEGIN: &str = "<!-- part -->\n";
const END: &str = "\n<!-- end of part -->\n";

/// The body of a report as HTML: what stands before the sign-off, and the annexes after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Body {
    before: String,
    after: String,
    contents: Vec<(&'static str, &'static str)>,
}

impl Body {
    /// Returns SHA-256 of the body in hex, as `sed` and `sha256sum` have it.
    pub(super) fn digest(&self) -> String {
        let mut sha256 = Sha256::new();
        sha256.update(&self.before);
        sha256.update(&self.after);
        safe::hex(&sha256.finalize())
    }
}

/// Returns SHA-256 of the text of a report in hex, as it stands in its page: what people sign. A page without a whole part
/// has none.
pub fn digest_in(page: &str) -> Option<String> {
    let mut sha256 = Sha256::new();
    let (mut is_inside, mut has_part) = (false, false);
    for line in page.split_inclusive('\n') {
        is_inside |= line == BEGIN;
        if is_inside {
            sha256.update(line);
        }
        if line.trim_end() == END.trim() {
            has_part |= is_inside;
            is_inside = false;
        }
    }
    (has_part && !is_inside).then(|| safe::hex(&sha256.finalize()))
}

/// Writes pages.
pub(super) struct Pages {
    environment: Environment<'static>,
}

impl std::fmt::Debug for Pages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pages").finish_non_exhaustive()
    }
}

fn failed(error: &minijinja::Error) -> WriteError {
    WriteError::Template(error.to_string())
}

impl Pages {
    pub(super) fn new() -> Result<Self, WriteError> {
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.add_filter("slug", |text: String| slug(&text));
        for (name, text) in
            [("blocks.html", BLOCKS), ("sections.html", SECTIONS), ("page.html", PAGE)]
        {
            environment.add_template(name, text).map_err(|error| failed(&error))?;
        }
        Ok(Self { environment })
    }

    fn fill(&self, template: &str, with: &impl Serialize) -> Result<String, WriteError> {
        let template = self.environment.get_template(template).map_err(|error| failed(&error))?;
        template.render(Value::from(Serde(with))).map_err(|error| failed(&error))
    }

    /// Returns the body of a document.
    pub(super) fn body(&self, document: &Document) -> Result<Body, WriteError> {
        let first = document.body.iter().position(is_annex).unwrap_or(document.body.len());
        let (before, after) = document.body.split_at(first);
        let part = |sections: &[Section]| -> Result<String, WriteError> {
            let html = self.fill("sections.html", &Sections { sections })?;
            Ok(format!("{BEGIN}{}{END}", html.trim_start_matches('\n')))
        };
        Ok(Body {
            before: part(before)?,
            after: part(after)?,
            contents: document.body.iter().map(|one| (one.number, one.title)).collect(),
        })
    }

    /// Returns the whole report.
    pub(super) fn report(&self, front: &Front, body: &Body) -> Result<String, WriteError> {
        let sign_off = &front.sign_off;
        let at = body.contents.iter().position(|(number, _)| number.starts_with(is_letter));
        let mut contents = body.contents.clone();
        contents.insert(at.unwrap_or(contents.len()), (sign_off.number, sign_off.title));
        self.page(&Parts {
            title: &front.title,
            status: front.status,
            standing: &front.standing,
            cover: Some(&front.cover),
            sign_off: Some(sign_off),
            contents,
            body,
        })
    }

    /// Returns a short form, which has the status of the report and no sign-off of its own.
    pub(super) fn form(&self, front: &Front, document: &Document) -> Result<String, WriteError> {
        let body = self.body(document)?;
        self.page(&Parts {
            title: &document.title,
            status: front.status,
            standing: &front.standing,
            cover: None,
            sign_off: None,
            contents: body.contents.clone(),
            body: &body,
        })
    }

    fn page(&self, parts: &Parts<'_>) -> Result<String, WriteError> {
        let contents =
            parts.contents.iter().map(|(number, title)| Entry { number, title }).collect();
        let page = Page {
            name: parts.title.spoken(),
            title: parts.title,
            status: parts.status.as_str(),
            standing: parts.standing,
            cover: parts.cover,
            sign_off: parts.sign_off,
            is_form: parts.sign_off.is_none(),
            contents,
            digest: parts.body.digest(),
            style_digest: Value::from_safe_string(BASE64.encode(Sha256::digest(STYLE.as_bytes()))),
            style: Value::from_safe_string(STYLE.to_owned()),
            before: Value::from_safe_string(parts.body.before.clone()),
            after: Value::from_safe_string(parts.body.after.clone()),
        };
        let mut html = self.fill("page.html", &page)?;
        if !html.ends_with('\n') {
            html.push('\n');
        }
        Ok(html)
    }
}

#[derive(Serialize)]
struct Sections<'s> {
    sections: &'s [Section],
}

/// What a page is made of.
struct Parts<'p> {
    title: &'p Text,
    status: Status,
    standing: &'p Text,
    cover: Option<&'p Table>,
    sign_off: Option<&'p Section>,
    contents: Vec<(&'static str, &'static str)>,
    body: &'p Body,
}

#[derive(Serialize)]
struct Page<'p> {
    name: String,
    title: &'p Text,
    status: &'static str,
    standing: &'p Text,
    cover: Option<&'p Table>,
    sign_off: Option<&'p Section>,
    is_form: bool,
    contents: Vec<Entry>,
    digest: String,
    style_digest: Value,
    style: Value,
    before: Value,
    after: Value,
}

#[derive(Serialize)]
struct Entry {
    number: &'static str,
    title: &'static str,
}

fn is_annex(section: &Section) -> bool {
    section.number.starts_with(is_letter)
}

fn is_letter(letter: char) -> bool {
    letter.is_ascii_uppercase()
}

/// Returns a word as the name of a class: letters, digits and dashes.
fn slug(text: &str) -> String {
    text.chars()
        .map(
            |letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' },
        )
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::document::Block;

    const HOSTILE: &str =
        "\"><script>alert(1)</script><img src=x onerror=y>' style='x' http://evil.example/";

    fn document() -> Document {
        let mut section = Section::new("1", "A section");
        let mut table = Table::new("caption", &["Name", "#Number"]);
        table.row(vec![Text::quoted(HOSTILE).code(HOSTILE), Text::word(HOSTILE)]);
        section.table(table);
        section.text(Text::quoted(HOSTILE));
        section.blocks.push(Block::Code(HOSTILE.to_owned()));
        Document { title: Text::quoted(HOSTILE), body: vec![section] }
    }

    #[test]
    fn hostile_text_is_text_everywhere() {
        let pages = Pages::new().unwrap();
        let body = pages.body(&document()).unwrap();
        let html = body.before.clone() + &body.after;
        assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
        assert!(!html.contains("http://"), "{html}");
        assert_eq!(html.matches("&lt;script&gt;").count(), 5, "{html}");
    }

    #[test]
    fn digest_is_of_the_marked_parts() {
        let pages = Pages::new().unwrap();
        let body = pages.body(&document()).unwrap();
        let marked: Vec<&str> = body.before.split_inclusive('\n').collect();
        assert_eq!(marked.first(), Some(&"<!-- part -->\n"));
        assert_eq!(marked.last(), Some(&"<!-- end of part -->\n"));
        let page =
            format!("<p>front</p>\n{}<p>between</p>\n{}<p>end</p>\n", body.before, body.after);
        assert_eq!(digest_in(&page), Some(body.digest()));
        assert_ne!(digest_in(&page.replace("A section", "a section")), Some(body.digest()));
        assert_eq!(digest_in(&page.replace("<!-- end", "<!-- the end")), None);
        assert_eq!(digest_in("nothing"), None);
        let mut other = document();
        other.body[0].blocks.clear();
        assert_ne!(pages.body(&other).unwrap().digest(), body.digest());
    }

    #[test]
    fn words_are_plain_names_of_classes() {
        assert_eq!(slug("FOR REVIEW"), "for-review");
        assert_eq!(slug("a\"><b"), "a---b");
    }

    #[test]
    fn style_holds_no_reference_and_no_template_forbidden_words() {
        assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
        for text in [BLOCKS, SECTIONS, PAGE, STYLE] {
            let lower = text.to_lowercase();
            for word in
                ["compliant", "violat", "proved", "<script", "http://", "https://", "onload"]
            {
                assert!(!lower.contains(word), "{word}");
            }
        }
    }
}
