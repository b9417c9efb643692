//! The names that a question holds, so that it is known which tables it reads. Pure. Never leaves a name out: where it
//! cannot be told whether a word stands in a text, it counts as a name.

/// Returns the words of a question in lower case, without those of comments and plain texts.
pub(super) fn of(question: &str) -> Vec<String> {
    let bare = bare(question);
    bare.split(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Returns true when a question names one of `names`, which are in lower case.
pub(super) fn any(question: &str, names: &[&str]) -> bool {
    of(question).iter().any(|word| names.contains(&word.as_str()))
}

/// Returns a question without its comments and texts. One with comments, texts or names of another form is returned whole:
/// there a quote may mean something else.
fn bare(question: &str) -> String {
    let has_other_forms = ["/*", "\\", "\""].iter().any(|form| question.contains(form))
        || has_dollar_quotes(question);
    if has_other_forms {
        return question.to_owned();
    }
    let mut bare = String::new();
    let mut letters = question.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' => {
                letters.by_ref().find(|letter| *letter == '\'');
                bare.push(' ');
            }
            '-' if letters.peek() == Some(&'-') => {
                letters.by_ref().find(|letter| *letter == '\n');
                bare.push('\n');
            }
            other => bare.push(other),
        }
    }
    bare
}

/// Returns true when two dollar signs with nothing or a name between them begin a text.
fn has_dollar_quotes(question: &str) -> bool {
    let mut between: Vec<&str> = question.split('$').skip(1).collect();
    between.pop();
    between.iter().any(|part| part.chars().all(|letter| letter.is_alphanumeric() || letter == '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_texts_and_comments_are_no_names() {
        assert!(any("SELECT 1 FROM Tag", &["tag"]));
        assert!(any("SELECT 'it''s' FROM ev WHERE id IN (SELECT event FROM tag)", &["tag"]));
        assert!(!any("SELECT 'no tag' AS why -- tag\nFROM ev", &["tag"]));
        assert!(!any("SELECT tagged FROM stage", &["tag"]));
        assert!(any("SELECT 1 -- it's\nFROM tag", &["tag"]));
    }

    #[test]
    fn name_cannot_be_hidden_behind_other_forms_of_texts() {
        for hidden in [
            "SELECT 1 /* ' */ FROM tag /* ' */",
            "SELECT E'\\'' FROM tag WHERE x = ''",
            "SELECT $$'$$ FROM tag WHERE x = $$'$$",
            "SELECT $a$'$a$ FROM tag WHERE x = $a$'$a$",
            "SELECT \"'\" FROM tag WHERE x = \"'\"",
        ] {
            assert!(any(hidden, &["tag"]), "{hidden}");
        }
    }

    #[test]
    fn thresholds_do_not_make_texts_count() {
        assert!(!any("SELECT 'a tag' FROM ev WHERE n > $most AND m < $least", &["tag"]));
    }
}
