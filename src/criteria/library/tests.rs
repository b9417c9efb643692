//! The packs of the program: what they hold, how they are found, and what a user's pack may not take.

use std::collections::BTreeMap;
use std::fs;

use super::*;
use crate::criteria::pack::{Strength, Verdicts};

const RULES: [&str; 39] = [
    "ATTR",
    "CHAIN",
    "SIX",
    "SCOPE",
    "OVER",
    "HIGH",
    "CUST",
    "AUTHZ",
    "DENYSKIRT",
    "BYPASS",
    "PRIV",
    "CRED",
    "STATIC",
    "MFA",
    "SHARED",
    "LOGCHG",
    "LOGREAD",
    "GAP",
    "TAMPER",
    "CLOCK",
    "KEEP",
    "SECRET",
    "PII",
    "VOLUME",
    "OUTFLOW",
    "TOOLCHG",
    "SHADOW",
    "UNTRUST",
    "RUNAWAY",
    "ERRORS",
    "CHANGE",
    "STOP",
    "MODEL",
    "INPUTREF",
    "NOTICE",
    "DECISION",
    "FREEZE",
    "IRTIME",
    "REVIEW",
];

#[test]
fn packs_of_the_program_load_and_hold_every_criterion() {
    let library = Library::embedded().unwrap();
    let sizes: Vec<_> =
        library.packs().iter().map(|pack| (pack.id.as_str(), pack.criteria.len())).collect();
    assert_eq!(
        sizes,
        [
            ("eu-ai-act", 32),
            ("soc2", 24),
            ("hipaa", 19),
            ("gdpr", 19),
            ("iso-27001", 27),
            ("iso-42001", 24),
            ("nist-800-53", 45),
            ("nist-ai-rmf", 21),
            ("pci-dss", 40),
            ("owasp", 54),
            ("mitre", 70)
        ]
    );
    for (id, label, title) in [
        ("euaia-art-12.1", "Article 12(1)", "Record-keeping"),
        ("nist-AC-2.12", "AC-2(12)", "Account Monitoring for Atypical Usage"),
        ("hipaa-164.308.a.1.ii.D", "164.308(a)(1)(ii)(D)", "Information system activity review"),
        ("iso42001-A.6.2.8", "A.6.2.8", "AI system recording of event logs"),
        ("atlas-AML.T0109", "AML.T0109", "AI Supply Chain Rug Pull"),
    ] {
        let criterion = library.criterion(id).unwrap();
        assert_eq!((criterion.label.as_str(), criterion.title.as_str()), (label, title), "{id}");
    }
}

#[test]
fn texts_of_criteria_are_whole_and_free_of_judgement() {
    let library = Library::embedded().unwrap();
    for pack in library.packs() {
        assert!(!pack.basis.is_empty() && pack.text_license.is_some(), "{}", pack.id);
    }
    for criterion in library.criteria() {
        let id = &criterion.id;
        for sentence in [&criterion.asks, &criterion.cannot_show] {
            assert!(sentence.ends_with('.') && sentence.len() > 20, "{id}: {sentence}");
        }
        let texts = [&criterion.title, &criterion.asks, &criterion.cannot_show]
            .into_iter()
            .chain(&criterion.supports)
            .chain(&criterion.gap)
            .chain(&criterion.note);
        for text in texts {
            let text = text.to_lowercase();
            let judges = |word: &str| {
                ["compliant", "violated", "violates", "proved", "proven"].contains(&word)
            };
            assert!(
                !text.split(|letter: char| !letter.is_alphabetic()).any(judges),
                "{id}: {text}"
            );
        }
        assert!(criterion.supports.is_some(), "{id}");
        assert!(!criterion.owes.is_empty(), "{id}");
        let roles = [
            "any",
            "provider",
            "deployer",
            "controller",
            "processor",
            "covered entity",
            "business associate",
        ];
        assert!(criterion.owes.iter().all(|role| roles.contains(&role.as_str())), "{id}");
        if criterion.rules.is_empty() && criterion.cues.is_empty() {
            assert_eq!(
                criterion.strength,
                Strength::Context,
                "{id}: no rule, so it decides nothing"
            );
        }
    }
}

#[test]
fn embedded_packs_name_only_rules_of_the_rule_library() {
    for criterion in Library::embedded().unwrap().criteria() {
        for rule in &criterion.rules {
            assert!(RULES.contains(&rule.as_str()), "{} {rule}", criterion.id);
        }
    }
}

/// The grammar of `narrow`: what each rule can be asked beyond itself.
#[test]
fn what_a_criterion_asks_of_a_rule_is_of_a_known_kind() {
    for criterion in Library::embedded().unwrap().criteria() {
        for (rule, word) in &criterion.narrow {
            let is_duration = |word: &str| word.parse::<jiff::Span>().is_ok();
            let is_known = word.starts_with("class:")
                || word.starts_with("item:")
                || match rule.as_str() {
                    "OVER" => ["V1", "V2", "V3", "V4", "two", "fast"].contains(&word.as_str()),
                    "SIX" => {
                        word == "I full" || word.chars().all(|letter| "IRCTAO".contains(letter))
                    }
                    "KEEP" | "IRTIME" => word.split(' ').all(is_duration),
                    "SCOPE" => word == "action:exec",
                    "GAP" => word == "by-kind",
                    "CHANGE" => word == "after-finding",
                    "SECRET" => word == "card-authentication-data",
                    _ => false,
                };
            assert!(is_known, "{} {rule} {word}", criterion.id);
        }
    }
}

#[test]
fn duties_of_the_ai_act_have_the_dates_of_the_law() {
    let library = Library::embedded().unwrap();
    let high_risk = "annex-iii 2027-12-02, annex-i 2028-08-02";
    let mut by_dates: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for criterion in library.criteria() {
        let dates: Vec<String> =
            criterion.applies.iter().map(|one| format!("{} {}", one.when, one.from)).collect();
        assert_eq!(dates.is_empty(), criterion.pack != "eu-ai-act", "{}", criterion.id);
        by_dates.entry(dates.join(", ")).or_default().push(&criterion.id);
    }
    assert_eq!(by_dates.get(high_risk).map(Vec::len), Some(26));
    assert_eq!(
        by_dates["general 2026-08-02"],
        ["euaia-art-50.1", "euaia-art-50.4", "euaia-art-72", "euaia-art-73", "euaia-art-86"]
    );
    assert_eq!(
        by_dates["general 2026-08-02, on-the-market-before-2026-08-02 2026-12-02"],
        ["euaia-art-50.2"]
    );
    assert_eq!(by_dates.len(), 4, "{:?}", by_dates.keys());
}

#[test]
fn behavior_is_told_by_one_pack_with_cues() {
    let library = Library::embedded().unwrap();
    for pack in library.packs() {
        let is_behavior = pack.verdicts == Verdicts::Behavior;
        assert_eq!(is_behavior, pack.id == "mitre", "{}", pack.id);
        let has_cues = pack.criteria.iter().any(|criterion| !criterion.cues.is_empty());
        assert_eq!(has_cues, is_behavior, "{}", pack.id);
    }
    let cloud_log = library.criterion("attack-T1685.002").unwrap();
    assert!(cloud_log.cues.contains(&"cloudtrail:StopLogging".to_owned()));
    assert_eq!(cloud_log.full_label(), "T1685.002 (version: 19; also T1562.008)");
    assert_eq!(library.criterion("attack-T1580").unwrap().burst, Some(20));
    assert_eq!(library.criterion("attack-T1098.001").unwrap().burst, None);
}

#[test]
fn revoked_techniques_lead_to_the_ones_that_replaced_them() {
    let library = Library::embedded().unwrap();
    for (old, new) in [
        ("T1562", "T1685"),
        ("T1562.001", "T1685"),
        ("T1562.002", "T1685.001"),
        ("T1562.003", "T1690"),
        ("T1562.004", "T1686"),
        ("T1562.006", "T1685"),
        ("T1562.007", "T1686.001"),
        ("T1562.008", "T1685.002"),
        ("T1562.009", "T1688"),
        ("T1562.010", "T1689"),
        ("T1562.011", "T1685.003"),
        ("T1562.012", "T1685.004"),
        ("T1562.013", "T1686.002"),
    ] {
        let named = library.named(old);
        let [criterion] = named.as_slice() else { panic!("{old}: {named:?}") };
        assert_eq!(
            (criterion.label.as_str(), criterion.version.as_deref()),
            (new, Some("19")),
            "{old}"
        );
    }
}

#[test]
fn criterion_is_named_by_id_label_or_alias_and_a_shared_label_names_several() {
    let library = Library::embedded().unwrap();
    let named =
        |text: &str| library.named(text).iter().map(|one| one.id.clone()).collect::<Vec<_>>();
    assert_eq!(named("soc2-CC6.1"), ["soc2-CC6.1"]);
    assert_eq!(named("cc6.1"), ["soc2-CC6.1"]);
    assert_eq!(named("10.7.2"), ["pci-10.7"]);
    assert_eq!(named("A.8.2"), ["iso27001-A.8.2", "iso42001-A.8.2"]);
    assert!(named("bad").is_empty() && named("").is_empty());
}

#[test]
fn search_finds_by_id_label_title_and_alias() {
    let library = Library::embedded().unwrap();
    let first =
        |query: &str| library.search(query).first().map(|(_, criterion)| criterion.id.clone());
    for (query, id) in [
        ("CC6.1", "soc2-CC6.1"),
        ("AU-3", "nist-AU-3"),
        ("article 12(1)", "euaia-art-12.1"),
        ("article 33(1)", "gdpr-art-33.1"),
        ("non-repudiation", "nist-AU-10"),
        ("A.6.2.8", "iso42001-A.6.2.8"),
        ("164.312(b)", "hipaa-164.312.b"),
        ("10.2.1.4", "pci-10.2.1.4"),
        ("T1562.008", "attack-T1685.002"),
        ("LLM06", "owasp-LLM06"),
        ("collection of evidence", "iso27001-A.5.28"),
    ] {
        assert_eq!(first(query).as_deref(), Some(id), "{query}");
    }
    assert!(first("ovrsight").is_some_and(|id| id.starts_with("euaia-art-14")));
    assert_eq!(library.search("").len(), library.criteria().count());
    assert!(library.search("zzqqzz").is_empty());
}

#[test]
fn user_pack_joins_and_one_with_a_taken_id_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("house.toml");
    let text =
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/packs/house-rules.toml"));
    fs::write(&path, text).unwrap();
    let mut library = Library::embedded().unwrap();
    assert_eq!(library.load(&path).unwrap().id, "house-rules");
    assert_eq!(library.load(&path), Err(LibraryError::SamePack("house-rules".to_owned())));
    let other = text.replace("house-rules", "other");
    fs::write(&path, other.replace("house-1", "soc2-CC6.1")).unwrap();
    let error = library.load(&path).unwrap_err().to_string();
    assert_eq!(error, "criterion `soc2-CC6.1` of pack `other` has the id of one in pack `soc2`");
    let other = other.replace("house-", "other-");
    let aliased = other.replace("label = \"H1\"", "label = \"H1\"\naliases = [\"T1562.008\"]");
    fs::write(&path, aliased).unwrap();
    let error = library.load(&path).unwrap_err().to_string();
    assert_eq!(
        error,
        "alias `T1562.008` of criterion `other-1` in pack `other` is the id or an alias of `attack-T1685.002`"
    );
    assert_eq!(library.packs().len(), 12);
    let missing = library.load(&folder.path().join("none.toml")).unwrap_err().to_string();
    assert!(missing.contains("cannot be read"), "{missing}");
}
