//! What calls that hand out credentials carry in their bodies and no column holds: the subject and issuer of a federated
//! token, session tags. Read for these calls alone, with a bound on each.

use serde_json::Value as Json;

use super::reach::Reach;
use crate::store::{Fault, Value, Writer};

/// Tags of one call at most; STS takes fifty.
const MAX_TAGS: usize = 50;
/// Longest value that is taken.
const MAX_VALUE: usize = 512;

/// Calls with a federated token, and calls with tags.
pub(super) const CALLS: &str = "SELECT n, payload FROM event
    WHERE {added} AND plane = 'cloudtrail' AND (action IN ('sts:AssumeRoleWithWebIdentity', 'sts:AssumeRoleWithSAML')
          OR (action IN ('sts:AssumeRole', 'sts:GetFederationToken') AND payload LIKE '%\"tags\"%'))
    ORDER BY n";

/// Fills table `claim`, or adds to it.
pub(super) fn gather(writer: &mut Writer, reach: Reach) -> Result<(), Fault> {
    if reach == Reach::All {
        writer.execute("DELETE FROM claim", &[])?;
    }
    let mut rows = Vec::new();
    writer.each(&CALLS.replace("{added}", &reach.condition()), |row| {
        let number = row.int(0);
        let payload: Json = serde_json::from_str(&row.text(1)).unwrap_or_default();
        for (kind, value) in claims(&payload) {
            rows.push(vec![Value::Int(number), kind.into(), value.into()]);
        }
        Ok(())
    })?;
    writer.append_rows("claim", &rows)
}

fn claims(payload: &Json) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    let mut note = |kind: &'static str, value: Option<&Json>| {
        let text = value.and_then(Json::as_str).unwrap_or_default();
        if !text.is_empty() && text.len() <= MAX_VALUE && !found.contains(&(kind, text.to_owned()))
        {
            found.push((kind, text.to_owned()));
        }
    };
    let at = |pointer: &str| payload.pointer(pointer);
    note("subject", at("/responseElements/subjectFromWebIdentityToken"));
    note("subject", at("/responseElements/subject"));
    note("issuer", at("/responseElements/provider"));
    note("issuer", at("/responseElements/issuer"));
    note("issuer", at("/userIdentity/identityProvider"));
    let tags = at("/requestParameters/tags").and_then(Json::as_array);
    for tag in tags.into_iter().flatten().take(MAX_TAGS) {
        note("tag", tag.get("value"));
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::claims;

    #[test]
    fn subject_issuer_and_tags_are_read_and_nothing_else() {
        let call = json!({
            "requestParameters": { "roleArn": "arn:aws:iam::111122223333:role/web",
                                   "tags": [{ "key": "agent-session", "value": "run-000000000007" }, { "key": "empty" }] },
            "responseElements": { "subjectFromWebIdentityToken": "user-7", "provider": "idp.example",
                                  "credentials": { "accessKeyId": "ASIAEXAMPLE000000001" } }
        });
        let expected =
            [("subject", "user-7"), ("issuer", "idp.example"), ("tag", "run-000000000007")];
        assert_eq!(claims(&call), expected.map(|(kind, value)| (kind, value.to_owned())));
        assert!(claims(&json!(null)).is_empty());
    }
}
