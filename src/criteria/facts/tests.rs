//! Facts files, whole and faulty.

use super::*;

/// A file with every key.
const WHOLE: &str = r#"layout = 1
name = "acme"
role = ["provider", "deployer"]

[system]
name = "builder"
version = "4"
provider = "Acme"
deployer = "Acme"
owner = "M. Muster"
purpose = "builds services"
model_card = "https://example.org/card"
risk_class = "limited"
risk_decided_by = "M. Muster"

[[scope.agents]]
agent = "arn:aws:iam::*:role/agents/*"
owner = "alice@corp.example"
autonomous = true
valid_from = 2026-07-01T00:00:00Z
valid_to = 2026-08-01T00:00:00+02:00

[[scope.allow]]
agent = "claude-code"
server = "aws-admin"
tool = "iam_get_*"
action = "iam:Get*"
resource = "arn:aws:iam::*:role/*"
accounts = "111122223333"
regions = ["us-east-1", "eu-west-1"]
valid_from = 2026-07-01T00:00:00Z
hours = "08:00-18:00"
max_bytes = 1_000_000
max_records = 10
max_cost = 0.5
needs_approval = "V3"
reason = "reads"
source = "OPS-12"

[[scope.deny]]
resource = "arn:aws:iam::*:role/ci-*"
reason = "only the pipeline"

[[scope.policy]]
kind = "cedar"
file = "gate.cedar"
agent = "claude-*"
covers = ["tool", "api"]
principal_type = "Gate::User"
action_type = "Gate::Action"
resource_type = "Gate::Thing"

[[scope.servers]]
server = "aws-admin"
[[scope.servers.tools]]
tool = "iam_get_role"
digest = "abc"

[[scope.models]]
model = "us.anthropic.*"
version = "1"

[[scope.consequential]]
action = "iam:*"
resource = "*"
about_person = true
why = "rights of people"

[[scope.stop]]
action = "bedrock:StopAgent"
agent = "claude-*"

[scope.destinations]
accounts = ["111122223333"]
domains = ["*.example.org"]
regions = "us-east-1"

[[highrisk]]
agent = "claude-*"
points = ["4(a)", "5"]
why = "hires"
decided_by = "M. Muster"
decided_at = 2026-06-01T00:00:00Z

[people]
admins = ["carol@corp.example"]
on_call = "bob@corp.example"
log_readers = ["carol@corp.example"]
compliance_officer = "C. Officer"
[[people.approvers]]
person = "bob@corp.example"
approves = ["iam:*"]
[[people.change_windows]]
from = 2026-07-12T08:00:00Z
to = 2026-07-12T10:00:00Z
reason = "OPS-12"

[data]
trusted = ["docs-server"]
[[data.classes]]
resource = "arn:aws:s3:::acme-finance-*"
class = "confidential"
retention_days = 400
regions = ["us-east-1"]

[[sources.expected]]
plane = "cloudtrail"
product = "cloudtrail"
accounts = ["111122223333"]
from = 2026-07-12T00:00:00Z

[incident]
class = "general"
personal_data = false
detected_at = 2026-07-12T09:40:00Z
detected_by = "bob@corp.example"
aware_at = 2026-07-12T10:00:00Z
contained_at = 2026-07-12T11:25:00Z
notified_at = 2026-07-13T10:00:00Z
notified_to = ["authority"]

[thresholds]
clock_skew = "500ms"
gap_length = 60
rate = 5
volume = 1000
"#;

fn faults(text: &str) -> Vec<String> {
    Facts::parse("case.toml", text).1.iter().map(ToString::to_string).collect()
}

#[test]
fn every_key_is_read() {
    let text = WHOLE
        .replace("[scope.destinations]", "[scope]\nchannels = [\"chat-*\"]\n[scope.destinations]");
    let (facts, found) = Facts::parse("case.toml", &text);
    assert_eq!(found, Vec::new());
    for key in KEYS {
        assert!(facts.has(key), "{key}");
    }
    assert_eq!(facts.roles, [Role::Provider, Role::Deployer]);
    let allow = facts.scope.allow.first().unwrap();
    assert_eq!(allow.limits.hours, Some(Hours { from: 480, to: 1080 }));
    assert_eq!((allow.limits.max_bytes, allow.limits.max_cost), (Some(1_000_000), Some(0.5)));
    assert_eq!((allow.limits.needs_approval, allow.line), (Some(Oversight::V3), 23));
    assert_eq!(facts.scope.servers.first().unwrap().tools.len(), 1);
    assert_eq!(facts.thresholds.clock_skew, Threshold { value: 500_000, is_declared: true });
    assert_eq!(facts.thresholds.gap_length, Threshold { value: 60_000_000, is_declared: true });
    assert_eq!(facts.thresholds.errors, Threshold { value: 10, is_declared: false });
    assert_eq!(facts.thresholds.volume.value, Some(1000));
    assert_eq!(facts.sha256.len(), 64);
}

#[test]
fn nothing_declared_has_defaults_and_misses_everything() {
    let facts = Facts::default();
    assert_eq!(facts.missing(KEYS), KEYS);
    assert!(!facts.has_scope());
    assert_eq!(facts.thresholds.clock_skew, Threshold { value: 2_000_000, is_declared: false });
    let (empty, found) = Facts::parse("case.toml", "layout = 1\nname = \"x\"\n");
    assert!(found.is_empty());
    assert_eq!(Facts { sha256: String::new(), ..empty }, facts);
}

#[test]
fn unknown_key_is_named_with_its_line_and_the_nearest_name() {
    assert_eq!(
        faults("[system]\nname = \"x\"\nprovidr = \"y\"\n"),
        [
            "`case.toml` line 3 column 1: `system.providr` `providr` is no key here; did you mean `provider`?"
        ]
    );
    assert_eq!(
        faults("[scoope]\n"),
        ["`case.toml` line 1 column 2: `scoope` `scoope` is no key here; did you mean `scope`?"]
    );
    let text = "[[scope.allow]]\nagent = \"*\"\nresorce = \"x\"\n";
    assert!(
        faults(text).first().unwrap().contains(
            "`scope.allow[1].resorce` `resorce` is no key here; did you mean `resource`?"
        )
    );
}

#[test]
fn fault_in_one_table_drops_no_other() {
    let text = "role = \"deployr\"\n[system]\nname = 3\nowner = \"x\"\n[[scope.deny]]\naction = \"iam:*\"\nvalid_from = \"yesterday\"\n\
                [[scope.allow]]\naction = \"s3:*\"\nmax_bytes = -1\n[thresholds]\nrate = -3\nclock_skew = \"2 bananas\"\ngap_length = \"1m\"\n";
    let (facts, found) = Facts::parse("case.toml", text);
    let fields: Vec<&str> = found.iter().map(|fault| fault.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "role",
            "system.name",
            "scope.deny[1].valid_from",
            "scope.allow[1].max_bytes",
            "thresholds.rate",
            "thresholds.clock_skew"
        ]
    );
    assert_eq!(facts.system.owner.as_deref(), Some("x"));
    assert!(facts.has("system.owner") && !facts.has("system.name") && !facts.has("role"));
    assert_eq!(facts.thresholds.gap_length.value, 60_000_000);
    assert_eq!(facts.thresholds.rate, Threshold { value: 60, is_declared: false });
    for entry in facts.scope.allow.iter().chain(&facts.scope.deny) {
        assert!(
            entry.fault.as_deref().is_some_and(|fault| fault.starts_with("line ")),
            "{entry:?}"
        );
    }
    let (facts, found) = Facts::parse(
        "case.toml",
        "role = \"deployer\"\n[system\nname = \"x\"\n[people]\nadmins = [\"a\"]\n",
    );
    assert!(found.first().is_some_and(|fault| fault.line == 2), "{found:?}");
    assert!(facts.has("role") && facts.has("people.admins"), "{facts:?}");
}

#[test]
fn time_without_a_zone_is_a_fault() {
    for time in ["2026-07-12", "2026-07-12T09:00:00", "\"2026-07-12 09:00\"", "12"] {
        let found = faults(&format!("[incident]\naware_at = {time}\n"));
        assert_eq!(found.len(), 1, "{time}");
    }
    assert!(faults("[incident]\naware_at = 2026-07-12 09:00:00+02:00\n").is_empty());
    assert!(faults("[incident]\naware_at = \"2026-07-12T09:00:00Z\"\n").is_empty());
}

#[test]
fn contradictions_name_both_sides() {
    for (text, parts) in [
        (
            "[[scope.allow]]\naction = \"iam:*\"\nagent = \"*\"\n[[scope.deny]]\naction = \"iam:*\"\n",
            &["line 1", "contradicts `scope.deny[1]` at line 4"][..],
        ),
        (
            "[[scope.agents]]\nagent = \"a\"\nvalid_from = 2026-07-02T00:00:00Z\nvalid_to = 2026-07-01T00:00:00Z\n",
            &["line 3", "is not before `valid_to`"],
        ),
        (
            "[incident]\ndetected_at = 2026-07-02T00:00:00Z\naware_at = 2026-07-01T00:00:00Z\n",
            &["line 3", "`incident.aware_at`", "is before `detected_at`"],
        ),
        (
            "[[data.classes]]\nresource = \"a\"\nclass = \"phi\"\n[[data.classes]]\nresource = \"a\"\nclass = \"chd\"\n",
            &["line 4", "a second time: line 1 says `phi`"],
        ),
        (
            "[[scope.deny]]\naction = \"a:*\"\nmax_bytes = 5\n",
            &["line 3", "limit of what is allowed"],
        ),
        ("[[scope.allow]]\nreason = \"x\"\n", &["line 1", "names neither agent"]),
        (
            "[[scope.agents]]\nagent = \"bot\"\n[[people.approvers]]\nperson = \"bot\"\n",
            &["line 3", "an agent cannot approve"],
        ),
        ("[[highrisk]]\nagent = \"a\"\npoints = [\"9\"]\n", &["line 3", "no point of Annex III"]),
        ("[[scope.allow]]\naction = \"*\"\nhours = \"9-5\"\n", &["line 3", "no span of hours"]),
        ("[[data.classes]]\nresource = \"a\"\nclass = \"secrit\"\n", &["did you mean `secret`?"]),
    ] {
        let found = faults(text);
        assert_eq!(found.len(), 1, "{text}\n{found:?}");
        let fault = found.first().unwrap();
        assert!(parts.iter().all(|part| fault.contains(part)), "{fault}");
    }
    let limited = "[[scope.allow]]\naction = \"iam:*\"\nregions = [\"us-east-1\"]\n[[scope.deny]]\naction = \"iam:*\"\n";
    assert!(faults(limited).is_empty(), "another limit is another entry");
}

#[test]
fn key_is_set_in_place_and_entries_are_appended() {
    let text = "layout = 1\nname = \"x\"\n# who\n[system] # the system\nname = \"old\" # name\n";
    let with = |text: &str, key: &str, value: &str| set(text, key, value).unwrap();
    assert_eq!(with(text, "system.name", "new one"), text.replace("\"old\"", "\"new one\""));
    let owner = with(text, "system.owner", "M. \"M\" Muster");
    let (facts, found) = Facts::parse("x", &owner);
    assert!(found.is_empty(), "{owner}");
    assert_eq!(facts.system.owner.as_deref(), Some("M. \"M\" Muster"));
    assert!(owner.contains("# who") && owner.contains("name = \"old\" # name"));
    let role = with(text, "role", "[\"deployer\"]");
    assert_eq!(Facts::parse("x", &role).0.roles, [Role::Deployer]);
    let incident = with(text, "incident.aware_at", "2026-07-12T10:00:00Z");
    assert!(Facts::parse("x", &incident).0.has("incident.aware_at"), "{incident}");
    let deny = with(text, "scope.deny", "action = \"iam:*\", reason = \"no\"");
    let deny = with(&deny, "scope.deny", "{ action = \"s3:Delete*\" }");
    let (facts, found) = Facts::parse("x", &deny);
    assert!(found.is_empty(), "{deny}");
    assert_eq!(facts.scope.deny.len(), 2);
    let rate = with(&deny, "thresholds.rate", "7");
    assert_eq!(Facts::parse("x", &rate).0.thresholds.rate.value, 7);
    let error = set(text, "system.nme", "x").unwrap_err().to_string();
    assert!(error.contains("did you mean `system.name`?"), "{error}");
    assert!(set(text, "scope.deny", "iam").is_err());
    assert!(set(text, "system.name", "[\"x\"").is_err());
    assert!(set("a = ", "role", "deployer").unwrap_err().to_string().contains("line 1"));
}

#[test]
fn text_that_is_taken_over_has_the_lines_of_the_case() {
    let text = "# facts of acme\nname = \"other\"\nlayout = 7\nrole = \"deployer\"\n";
    let (taken, is_other) = taken_over(text, 1, "mine").unwrap();
    assert!(is_other);
    assert_eq!(taken, "layout = 1\nname = \"mine\"\n\n# facts of acme\nrole = \"deployer\"\n");
    let again = taken_over(&taken, 1, "mine").unwrap();
    assert_eq!(again, (taken, false));
    assert_eq!(taken_over("", 1, "m").unwrap().0, "layout = 1\nname = \"m\"\n");
}

#[test]
fn digests_are_written_behind_the_names_of_policy_files() {
    let text = "[[scope.policy]]\nkind = \"iam\"\nfile = \"a.json\" # mine\n[scope.destinations]\nregions = \"x\"\n[people]\n";
    let digest = "a".repeat(64);
    let (facts, _) = Facts::parse("x", text);
    let made = pinned(text, &facts.scope.policies, &[Some(digest.clone())]);
    assert!(made.contains(&format!("file = \"a.json\"\nsha256 = \"{digest}\" # mine\n")), "{made}");
    let (facts, found) = Facts::parse("x", &made);
    assert!(found.is_empty());
    assert_eq!(facts.scope.policies.first().unwrap().sha256.as_deref(), Some(digest.as_str()));
    assert_eq!(pinned(&made, &facts.scope.policies, &[Some("b".repeat(64))]), made);
    let inline =
        "scope.policy = [{ file = \"a\", kind = \"iam\" }, { kind = \"iam\", file = \"b\" }]\n";
    let (facts, found) = Facts::parse("x", inline);
    assert!(found.is_empty(), "{found:?}");
    let made = pinned(inline, &facts.scope.policies, &[Some(digest.clone()), Some(digest)]);
    let (facts, found) = Facts::parse("x", &made);
    assert!(found.is_empty(), "{made} {found:?}");
    assert!(facts.scope.policies.iter().all(|policy| policy.sha256.is_some()));
}

#[test]
fn changed_keys_are_named() {
    let before =
        "name = \"x\"\n[system]\nname = \"a\"\nowner = \"o\"\n[[scope.allow]]\naction = \"*\"\n";
    let after = "name = \"x\"\n# said anew\n[system]\nname = \"b\"\n[[scope.allow]]\naction = \"x\"\n[people]\nadmins = [\"a\"]\n";
    assert_eq!(
        changed_keys(before, after),
        ["people.admins", "scope.allow", "system.name", "system.owner"]
    );
    assert!(changed_keys(before, before).is_empty());
}
