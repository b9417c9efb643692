//! A draft of the boundary from a time that an analyst calls normal: entries of `scope.allow`, each with the count it rests
//! on. A draft is read and shortened by a person before it is declared; what was refused in that time is not in it. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::Sort;
use super::rows::Seen;
use crate::text::sanitize::Judge;

/// What entries are gathered by: agent, service or server, class of the action, its pattern, and where the resource lies.
type Group = (String, String, String, Pattern, Option<String>);

/// What of the action or tool an entry names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Pattern {
    /// `service:Verb`
    Verb(String),
    /// The whole action.
    Action(String),
    Tool(String),
    /// An action on a server, of a tool call whose record names no tool.
    OnServer(String),
}

/// What an entry rests on.
#[derive(Debug, Clone, Default)]
struct Rests {
    events: u64,
    actions: BTreeSet<String>,
    resources: BTreeSet<String>,
}

/// Returns the draft. `heading` says what it was made of, without line ends.
pub fn draft(seen: &[Seen], heading: &str) -> String {
    let (groups, n_refused, n_nameless) = gathered(seen);
    let mut text = format!(
        "# Draft of the declared boundary: {}\n\
         # Made from what was done and not refused. Read it, shorten it, then `whytrail facts import`.\n",
        plain(heading)
    );
    if n_refused > 0 {
        append(&mut text, format_args!("# {n_refused} events that were refused are left out.\n"));
    }
    if n_nameless > 0 {
        append(
            &mut text,
            format_args!("# {n_nameless} events name no agent or no action and are left out.\n"),
        );
    }
    if groups.is_empty() {
        text.push_str("# No call of an agent was found, so no entry is drafted.\n");
    }
    for ((agent, place, class, pattern, _), rests) in &groups {
        append(
            &mut text,
            format_args!(
                "\n# {} by records: {} {}\n",
                counted(rests.events),
                plain(place),
                plain(class)
            ),
        );
        append(&mut text, format_args!("[[scope.allow]]\nagent = {}\n", quoted(agent)));
        match pattern {
            Pattern::Tool(name) | Pattern::OnServer(name) => {
                if !place.is_empty() {
                    append(&mut text, format_args!("server = {}\n", quoted(place)));
                }
                let key = if matches!(pattern, Pattern::Tool(_)) { "tool" } else { "action" };
                append(&mut text, format_args!("{key} = {}\n", quoted(name)));
            }
            Pattern::Action(action) => {
                append(&mut text, format_args!("action = {}\n", quoted(action)));
            }
            Pattern::Verb(verb) => {
                let mut actions = rests.actions.iter();
                let action = match (actions.next(), actions.next()) {
                    (Some(only), None) => only.clone(),
                    _ => format!("{verb}*"),
                };
                append(&mut text, format_args!("action = {}\n", quoted(&action)));
            }
        }
        if let Some(resource) = common(&rests.resources) {
            append(&mut text, format_args!("resource = {}\n", quoted(&resource)));
        }
    }
    text
}

/// Adds text; writing to a string cannot fail.
fn append(text: &mut String, what: std::fmt::Arguments<'_>) {
    let written = text.write_fmt(what);
    debug_assert!(written.is_ok(), "writing to a string cannot fail");
}

fn counted(number: u64) -> String {
    if number == 1 { "1 event".to_owned() } else { format!("{number} events") }
}

fn gathered(seen: &[Seen]) -> (BTreeMap<Group, Rests>, u64, u64) {
    let mut groups: BTreeMap<Group, Rests> = BTreeMap::new();
    let (mut n_refused, mut n_nameless) = (0, 0);
    for one in seen {
        n_refused += one.refused;
        let done = one.events.saturating_sub(one.refused);
        if done == 0 {
            continue;
        }
        let Some((group, action)) = group_of(one) else {
            n_nameless += done;
            continue;
        };
        let rests = groups.entry(group).or_default();
        rests.events += done;
        rests.actions.insert(action);
        rests.resources.extend(one.resource.clone());
    }
    (groups, n_refused, n_nameless)
}

fn group_of(seen: &Seen) -> Option<(Group, String)> {
    let agent = seen.agent.clone().or_else(|| seen.actor.clone())?;
    let class = seen.action_class.clone().unwrap_or_default();
    let home = seen.resource.as_deref().map(home_of);
    if seen.sort == Sort::Tool {
        let server = seen.server.clone().unwrap_or_default();
        let (pattern, named) = match &seen.tool {
            Some(tool) => (Pattern::Tool(tool.clone()), tool.clone()),
            None => (Pattern::OnServer(seen.action.clone()?), seen.action.clone()?),
        };
        return Some(((agent, server, class, pattern, None), named));
    }
    let action = seen.action.clone()?;
    let service = action.split(':').next().unwrap_or_default().to_owned();
    // Without a resource an entry holds for all of them, so it names the action whole.
    let pattern = match &home {
        Some(_) => Pattern::Verb(verb_of(&action)),
        None => Pattern::Action(action.clone()),
    };
    Some(((agent, service, class, pattern, home), action))
}

/// Returns `service:Verb` of `service:VerbThing`.
fn verb_of(action: &str) -> String {
    let (service, operation) = action.split_once(':').unwrap_or(("", action));
    let mut letters = operation.chars();
    let first: String = letters.next().into_iter().collect();
    let rest: String = letters.take_while(|letter| letter.is_lowercase()).collect();
    if service.is_empty() { format!("{first}{rest}") } else { format!("{service}:{first}{rest}") }
}

/// Returns where a resource lies: its bucket, its type within service and account, or what stands before its first slash.
fn home_of(resource: &str) -> String {
    resource.split('/').next().unwrap_or(resource).to_owned()
}

/// Returns the pattern of resources: the one, or what all begin with up to a slash.
fn common(resources: &BTreeSet<String>) -> Option<String> {
    let first = resources.first()?;
    let last = resources.last()?;
    if first == last {
        return Some(first.clone());
    }
    // In sorted order the first and the last share what all share.
    let shared: String = first
        .chars()
        .zip(last.chars())
        .take_while(|(one, other)| one == other)
        .map(|(one, _)| one)
        .collect();
    Some(match shared.rfind('/') {
        Some(at) => format!("{}*", shared.get(..=at).unwrap_or_default()),
        None => format!("{}*", home_of(&shared)),
    })
}

/// Returns a comment's text: nothing in it ends the line or acts on a terminal.
fn plain(text: &str) -> String {
    crate::text::sanitize::sanitize(text).into_owned()
}

/// Returns a text as a TOML string in which nothing acts on a terminal.
fn quoted(text: &str) -> String {
    let mut judge = Judge::default();
    let mut made = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => made.push_str("\\\""),
            '\\' => made.push_str("\\\\"),
            _ if judge.is_active(letter) || letter.is_control() => {
                append(&mut made, format_args!("\\U{:08x}", u32::from(letter)));
            }
            _ => made.push(letter),
        }
    }
    made.push('"');
    made
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::criteria::boundary::{Boundary, Request, Verdict};
    use crate::criteria::facts::Facts;

    fn seen(action: &str, resource: Option<&str>, events: u64, refused: u64) -> Seen {
        Seen {
            agent: None,
            actor: Some("arn:aws:iam::111122223333:role/agent".to_owned()),
            sort: Sort::Api,
            server: None,
            tool: None,
            action: Some(action.to_owned()),
            action_class: Some("read".to_owned()),
            resource: resource.map(str::to_owned),
            events,
            refused,
        }
    }

    fn request(one: &Seen) -> Request<'_> {
        Request {
            is_agent: true,
            sort: one.sort,
            agent: one.agent.as_deref(),
            actor: one.actor.as_deref(),
            server: one.server.as_deref(),
            tool: one.tool.as_deref(),
            action: one.action.as_deref(),
            resource: one.resource.as_deref(),
            account: None,
            region: None,
        }
    }

    #[test]
    fn draft_holds_what_it_was_made_of_and_not_what_was_refused() {
        let tool = Seen {
            agent: Some("claude\u{1b}[2J \"x\"\n".to_owned()),
            sort: Sort::Tool,
            server: Some("aws-admin".to_owned()),
            tool: Some("iam_get_role".to_owned()),
            ..seen("call iam_get_role", None, 3, 0)
        };
        let frame = Seen { tool: None, server: Some("build-7".to_owned()), ..tool.clone() };
        let normal = [
            frame,
            seen("s3:GetObject", Some("arn:aws:s3:::acme/q1/a.csv"), 5, 1),
            seen("s3:GetObject", Some("arn:aws:s3:::acme/q1/b.csv"), 2, 0),
            seen("s3:ListBuckets", None, 1, 0),
            seen("iam:GetRole", Some("arn:aws:iam::1:role/ci"), 1, 0),
            tool,
        ];
        let refused = seen("iam:AttachRolePolicy", Some("arn:aws:iam::1:role/ci"), 2, 2);
        let mut all = normal.to_vec();
        all.push(refused.clone());
        let text = draft(&all, "made up");
        assert!(text.contains("# 6 events by records: s3 read\n"), "{text}");
        assert!(
            text.contains("resource = \"arn:aws:s3:::acme/q1/*\"") && text.contains("# 3 events"),
            "{text}"
        );
        assert!(!text.contains('\u{1b}'), "{text}");
        let (facts, faults) = Facts::parse("draft", &text);
        assert!(faults.is_empty(), "{faults:?}\n{text}");
        let (boundary, _) = Boundary::new(&facts, &[]);
        for one in &normal {
            assert_eq!(boundary.judge(&request(one)).verdict, Verdict::Inside, "{one:?}\n{text}");
        }
        assert_eq!(boundary.judge(&request(&refused)).verdict, Verdict::Undeclared);
        let other = seen("s3:GetObject", Some("arn:aws:s3:::acme/q2/a.csv"), 1, 0);
        assert_eq!(boundary.judge(&request(&other)).verdict, Verdict::Undeclared);
    }

    #[test]
    fn draft_of_nothing_says_so() {
        let text = draft(&[], "nobody\nacted");
        assert!(text.contains("No call of an agent"), "{text}");
        assert!(Facts::parse("draft", &text).1.is_empty());
    }
}
