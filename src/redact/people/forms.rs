//! The forms in which a name stands in text: whole, as the last part of an identifier, and where a word begins and ends.
//! Pure.

/// Shorter names are words of a language more often than names.
const SHORTEST: usize = 3;
/// Endings of files: `alice.jsonl` names a person, `alice.smith` another one than `alice`.
const ENDINGS: [&str; 12] =
    ["csv", "gz", "html", "json", "jsonl", "log", "md", "ndjson", "tar", "txt", "zip", "zst"];

/// Names that are words too: replaced only where a field says that it names a person. Sorted.
const COMMON: &str = "
    access account action admin administrator agent agents alert all analyst and any api app april arn art
    assistant august aws backup bash batch bill bot build builder case chain chase chat claude cli client cloud
    code console context copilot cron data date dean default demo deny deploy deployer dev developer docs drew
    ec2 ecs eks event events file files finance for frank gateway gene git github gitlab grace grant group guest
    guy home hope host hunter iam image info input jenkins job joy june key keys lambda legal link list local
    log logs mail main manager mark marketing marks master max may mcp miles min model monitor name names
    network nobody none not null office operations operator ops output owner page pat people person pipeline
    platform policy power price prod production prompt proxy public python query ray read reader readonly record
    report reports request resource review reviewer rich rob robot role root rose runner sales sandy scope
    script search security server service session shell skip source staging store sts subject sue summer support
    system tag task team temp test tester testing the time token tool tools trace ubuntu unknown update user
    users victor wade web will worker workload write writer";

/// Returns a name as it is compared: letters of ASCII in one case.
pub(super) fn folded(name: &str) -> String {
    name.trim().to_ascii_lowercase()
}

/// Returns true for a name of ASCII letters alone, which may be a word of a sentence.
pub(super) fn is_word(name: &str) -> bool {
    name.chars().all(|letter| letter.is_ascii_alphabetic())
}

/// Returns true for a name that is looked for in free text.
pub(super) fn is_searched(name: &str) -> bool {
    let is_common = COMMON.split_whitespace().any(|word| word == folded(name));
    name.chars().count() >= SHORTEST && !is_common && name.chars().any(char::is_alphabetic)
}

/// Returns the part of an identifier that is the person's own: behind `#`, behind the last `/` of an ARN, before the `@`
/// of an address.
pub(super) fn inner(name: &str) -> Option<&str> {
    if let Some((_, own)) = name.rsplit_once('#') {
        return Some(own);
    }
    if name.starts_with("arn:") {
        return name.rsplit_once('/').map(|(_, own)| own);
    }
    name.split_once('@').map(|(own, _)| own)
}

/// Returns the mark in the shape of the identifier it stands for, so that directory and account stay readable.
pub(super) fn shaped(name: &str, mark: &str) -> String {
    let head = match name.rsplit_once('#') {
        Some((head, _)) => Some((head, '#')),
        None if name.starts_with("arn:") => name.rsplit_once('/').map(|(head, _)| (head, '/')),
        None => None,
    };
    head.map_or_else(|| mark.to_owned(), |(head, end)| format!("{head}{end}{mark}"))
}

fn is_inside(letter: char) -> bool {
    letter.is_alphanumeric() || "_-+".contains(letter)
}

const fn is_hex(letter: char) -> bool {
    letter.is_ascii_hexdigit()
}

/// Returns true when a word can begin after this text.
pub(super) fn begins_word(before: &str) -> bool {
    let mut back = before.chars().rev();
    match (back.next(), back.next(), back.next()) {
        (Some('.'), Some(other), _) => !other.is_alphanumeric(),
        // `%40alice` and `\nalice` in text that is escaped.
        (Some(low), Some(high), Some('%')) if is_hex(low) && is_hex(high) => true,
        (Some(letter), Some('\\'), _) if "nrt".contains(letter) => true,
        (last, _, _) => last.is_none_or(|letter| !is_inside(letter)),
    }
}

/// Returns true when a word can end before this text.
pub(super) fn ends_word(after: &str) -> bool {
    let mut ahead = after.chars();
    match (ahead.next(), ahead.next()) {
        (Some('.'), Some(next)) if next.is_alphanumeric() => {
            let rest = after.get(1..).unwrap_or_default();
            let end =
                rest.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(rest.len());
            let ending = rest.get(..end).unwrap_or_default().to_ascii_lowercase();
            ENDINGS.contains(&ending.as_str())
        }
        (Some(first), _) => !is_inside(first),
        (None, _) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_words_are_sorted_and_written_small() {
        let words: Vec<&str> = COMMON.split_whitespace().collect();
        assert!(words.windows(2).all(|two| two[0] < two[1]), "{words:?}");
        assert!(words.iter().all(|word| folded(word) == *word));
    }

    #[test]
    fn own_part_of_an_identifier_is_told_from_its_directory() {
        assert_eq!(inner("alice@corp.example"), Some("alice"));
        assert_eq!(inner("arn:aws:iam::111122223333:user/team/alice"), Some("alice"));
        assert_eq!(inner("https://idp.example/#u-1"), Some("u-1"));
        assert_eq!(inner("alice"), None);
        assert_eq!(
            shaped("arn:aws:iam::111122223333:user/alice", "m"),
            "arn:aws:iam::111122223333:user/m"
        );
        assert_eq!(shaped("https://idp.example/#u-1", "m"), "https://idp.example/#m");
        assert_eq!(shaped("alice@corp.example", "m"), "m");
    }

    #[test]
    fn words_end_at_signs_and_files_but_not_inside_other_names() {
        for (before, is_begin) in [
            ("", true),
            (" ", true),
            ("user/", true),
            ("%3A", true),
            ("line\\n", true),
            ("\u{e9}", false),
            ("x", false),
            ("x-", false),
            ("x.", false),
            ("..", true),
            ("7", false),
        ] {
            assert_eq!(begins_word(before), is_begin, "{before:?}");
        }
        for (after, is_end) in [
            ("", true),
            (".", true),
            (". Then", true),
            ("@corp", true),
            (".jsonl", true),
            (".smith", false),
            ("-agent", false),
            ("s", false),
            ("'s", true),
            (":", true),
            ("\"", true),
        ] {
            assert_eq!(ends_word(after), is_end, "{after:?}");
        }
    }
}
