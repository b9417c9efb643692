//! The names under which a resource can be spoken of, and how much of it a call names.

/// How much of an event's resource a call names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Named {
    /// The call names no resource, or its arguments are not recorded.
    Nothing,
    /// The bucket of an object.
    Part,
    /// Its own name.
    Name,
    /// The full id, or bucket and key.
    Full,
}

/// Shortest name that identifies something.
const SHORTEST: usize = 3;

/// Returns the names of a resource, each with how much it says.
pub(super) fn names(id: &str) -> Vec<(String, Named)> {
    let mut found = vec![(id.to_owned(), Named::Full)];
    let mut add = |name: &str, named: Named| {
        let is_known = found.iter().any(|(known, _)| known == name);
        if name.len() >= SHORTEST && !is_known && !is_plain(name) {
            found.push((name.to_owned(), named));
        }
    };
    if let Some(path) = bucket_path(id) {
        match path.split_once('/') {
            Some((bucket, key)) if !key.is_empty() => {
                add(path, Named::Full);
                add(bucket, Named::Part);
            }
            _ => add(path.trim_end_matches('/'), Named::Full),
        }
        return found;
    }
    let local = if id.starts_with("arn:") { id.splitn(6, ':').nth(5).unwrap_or(id) } else { id };
    let own = local.split_once([':', '/']).map_or(local, |(_, name)| name);
    let own = if id.contains(":secretsmanager:") { without_suffix(own) } else { own };
    add(own, Named::Name);
    if let Some((_, last)) = own.rsplit_once('/') {
        add(last, Named::Name);
    }
    found
}

/// Returns bucket and key of an S3 ARN.
pub(super) fn bucket_path(id: &str) -> Option<&str> {
    let (head, path) = id.split_once(":s3:::")?;
    head.starts_with("arn:").then_some(path)
}

/// Secrets Manager puts a dash and six letters behind the name.
fn without_suffix(name: &str) -> &str {
    match name.rsplit_once('-') {
        Some((name, suffix)) if suffix.len() == 6 => name,
        _ => name,
    }
}

/// Words that are values of options rather than names of things.
pub(super) fn is_plain(word: &str) -> bool {
    const WORDS: &[&str] = &[
        "all", "default", "false", "json", "latest", "main", "none", "null", "prod", "table",
        "test", "text", "true", "yaml",
    ];
    let is_region = || {
        let mut parts = word.split('-');
        parts.next().is_some_and(|part| part.len() == 2)
            && parts.next_back().is_some_and(|part| {
                part.len() == 1 && part.bytes().all(|byte| byte.is_ascii_digit())
            })
            && parts.next().is_some()
    };
    WORDS.contains(&word)
        || is_region()
        || (word.len() < 6 && word.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(id: &str) -> Vec<String> {
        names(id).into_iter().map(|(name, named)| format!("{named:?} {name}")).collect()
    }

    #[test]
    fn resources_go_by_id_and_by_name() {
        assert_eq!(
            of("arn:aws:iam::111122223333:role/service/deploy"),
            [
                "Full arn:aws:iam::111122223333:role/service/deploy",
                "Name service/deploy",
                "Name deploy"
            ]
        );
        assert_eq!(
            of("arn:aws:s3:::exports/2026/q2.csv"),
            ["Full arn:aws:s3:::exports/2026/q2.csv", "Full exports/2026/q2.csv", "Part exports"]
        );
        assert_eq!(of("arn:aws:s3:::exports"), ["Full arn:aws:s3:::exports", "Full exports"]);
        assert_eq!(of("instance/i-0abc"), ["Full instance/i-0abc", "Name i-0abc"]);
        assert_eq!(
            of("arn:aws:secretsmanager:eu-west-1:1:secret:prod/db-AbCdEf"),
            ["Full arn:aws:secretsmanager:eu-west-1:1:secret:prod/db-AbCdEf", "Name prod/db"]
        );
    }

    #[test]
    fn values_of_options_are_no_names() {
        for word in ["json", "us-east-1", "ap-southeast-2", "100", "true"] {
            assert!(is_plain(word), "{word}");
        }
        for word in ["us-exports", "deploy", "111122223333", "eu-west-1-logs"] {
            assert!(!is_plain(word), "{word}");
        }
    }
}
