//! Names of people in text: one mark for a person, whole words only, and a key that leads back.

use super::*;

fn name(name: &str, person: &str) -> PersonName {
    let found = "source identity".to_owned();
    PersonName { name: name.to_owned(), person: person.to_owned(), found }
}

fn people(names: &[(&str, &str)]) -> People {
    let names: Vec<PersonName> = names.iter().map(|(of, person)| name(of, person)).collect();
    People::new(&Redactor::new([7; 32]), &names, &BTreeSet::new(), &BTreeSet::new())
}

const STORE: &str = "arn:aws:identitystore::111122223333:identitystore/d-1#a4e81f02-2001";

fn alice() -> People {
    people(&[("alice@corp.example", "alice@corp.example"), (STORE, "alice@corp.example")])
}

#[test]
fn one_person_has_one_mark_under_every_name() {
    let people = alice();
    let mark = people.mark("Alice@corp.example").unwrap().to_owned();
    assert_eq!(mark.len(), "person-7f3a91".len());
    assert_eq!(
        people.text(&format!("{STORE} and ALICE@CORP.EXAMPLE, Alice; alice's")),
        format!(
            "arn:aws:identitystore::111122223333:identitystore/d-1#{mark} and {mark}, {mark}; {mark}'s"
        )
    );
    assert_eq!(people.text("arn:aws:iam::1:user/alice"), format!("arn:aws:iam::1:user/{mark}"));
    assert_eq!(people.text("alice@elsewhere.example"), format!("{mark}@elsewhere.example"));
}

#[test]
fn name_that_is_also_a_thing_stands_for_the_person_in_fields_only() {
    let names = [
        name("AccessDenied", "AccessDenied"),
        name("deploy-bot@corp.example", "deploy-bot@corp.example"),
    ];
    let things = BTreeSet::from(["accessdenied".to_owned(), "deploy-bot".to_owned()]);
    let people = People::new(&Redactor::new([7; 32]), &names, &BTreeSet::new(), &things);
    let said = "deploy-bot was refused: AccessDenied";
    assert_eq!(people.text(said), said);
    assert_eq!(people.field("AccessDenied"), people.mark("AccessDenied").unwrap());
    let address = people.mark("deploy-bot@corp.example").unwrap();
    assert_eq!(people.text("by deploy-bot@corp.example"), format!("by {address}"));
}

#[test]
fn another_case_gives_another_mark() {
    let names = [name("alice@corp.example", "alice@corp.example")];
    let mark = |key| {
        People::new(&Redactor::new([key; 32]), &names, &BTreeSet::new(), &BTreeSet::new()).key()[0]
            .mark
            .clone()
    };
    assert_eq!(mark(7), mark(7));
    assert_ne!(mark(7), mark(8));
}

#[test]
fn names_inside_other_words_stay() {
    let people = people(&[
        ("al", "al"),
        ("alice", "alice"),
        ("ann.lee@corp.example", "ann.lee@corp.example"),
    ]);
    for text in [
        "role/alice-agent",
        "malice",
        "alice2",
        "alice.smith",
        "joann.lee@corp.example",
        "s3:al",
        "the al word",
        "ALICE",
    ] {
        assert_eq!(people.text(text), text);
    }
    let elsewhere = people.text("ann.lee@corp.example.org").into_owned();
    assert!(elsewhere.starts_with("person-") && elsewhere.ends_with("@corp.example.org"));
    assert!(people.field("al").starts_with("person-"), "short, but in a field that names a person");
    assert_eq!(people.field("albert"), "albert");
}

#[test]
fn common_words_are_names_in_fields_only() {
    let people = people(&[
        ("grant", "grant"),
        ("arn:aws:iam::111122223333:user/backup", "arn:aws:iam::111122223333:user/backup"),
    ]);
    assert_eq!(
        people.text("grant the role backup-runner; backup done"),
        "grant the role backup-runner; backup done"
    );
    let mark = people.field("grant").into_owned();
    assert!(mark.starts_with("person-"));
    let user = people.text("by arn:aws:iam::111122223333:user/backup.").into_owned();
    assert!(
        user.starts_with("by arn:aws:iam::111122223333:user/person-") && user.ends_with('.'),
        "{user}"
    );
    assert_ne!(user, mark);
}

#[test]
fn own_words_lose_identifiers_only() {
    let people = people(&[("custody", "custody"), ("alice@corp.example", "alice@corp.example")]);
    assert_eq!(people.sentence("Sources and custody"), "Sources and custody");
    assert!(!people.sentence("told of alice@corp.example").contains("alice"));
    assert!(people.text("asked custody").starts_with("asked person-"));
}

#[test]
fn longest_name_wins_and_a_failed_longer_one_hides_no_shorter_one() {
    let people = people(&[("dana", "dana"), ("dana roe", "dana roe")]);
    let (dana, roe) = (people.mark("dana").unwrap(), people.mark("dana roe").unwrap());
    assert_eq!(people.text("dana roe, dana roebuck"), format!("{roe}, {dana} roebuck"));
}

#[test]
fn name_that_was_cut_does_not_tell_who_it_was() {
    let people = alice();
    assert_eq!(people.text("asked ali.."), "asked ..");
    assert_eq!(people.text("asked al.."), "asked al..");
    let mark = people.mark("alice@corp.example").unwrap();
    assert_eq!(people.text("asked alice@corp.exa.."), format!("asked {mark}@corp.exa.."));
    assert_eq!(people.text("arn:aws:identitystore::1111.."), "arn:aws:identitystore::1111..");
    assert_eq!(people.text("identitystore/d-1#a4e81f.."), "identitystore/d-1#..");
}

#[test]
fn name_of_two_people_is_nobodys() {
    let people = people(&[
        ("one#u-1", "one#u-1"),
        ("alice", "one#u-1"),
        ("two#u-2", "two#u-2"),
        ("alice", "two#u-2"),
        ("sam@a.example", "sam@a.example"),
        ("sam@b.example", "sam@b.example"),
    ]);
    let marks: BTreeSet<&str> = ["one#u-1", "two#u-2", "alice", "sam@a.example", "sam@b.example"]
        .map(|one| people.mark(one).unwrap())
        .into();
    assert_eq!(marks.len(), 5);
    let sam = people.text("sam").into_owned();
    assert!(sam.starts_with("person-") && !marks.contains(sam.as_str()));
    let line = people.key().iter().find(|line| line.mark == sam).unwrap();
    assert_eq!(
        (line.name.as_str(), line.found.as_str()),
        ("sam", "part of sam@a.example and of sam@b.example")
    );
}

#[test]
fn replacing_twice_changes_nothing_and_the_key_knows_every_mark() {
    let people = alice();
    let once = people.text("alice, alice@corp.example, a4e81f02-2001").into_owned();
    assert_eq!(people.text(&once), once);
    assert!(!once.contains("alice") && !once.contains("a4e81f02"));
    let names: Vec<&str> = people.key().iter().map(|line| line.name.as_str()).collect();
    assert_eq!(names, ["a4e81f02-2001", "alice", "alice@corp.example", STORE]);
}

#[test]
fn nobody_known_changes_nothing() {
    let people = people(&[("", ""), ("\u{27e6}token:abc\u{27e7}", "x")]);
    assert!(people.key().is_empty());
    assert_eq!(people.text("alice.."), "alice..");
}

#[test]
fn who_works_on_the_case_changes_no_text() {
    let names = [name("alice@corp.example", "alice@corp.example")];
    let redactor = Redactor::new([7; 32]);
    let workers: BTreeSet<String> =
        ["alice", "officer", "alice@corp.example"].map(str::to_owned).into();
    let (without, with) = (
        People::new(&redactor, &names, &BTreeSet::new(), &BTreeSet::new()),
        People::new(&redactor, &names, &workers, &BTreeSet::new()),
    );
    let text = "alice asked the officer, alice@corp.example";
    assert_eq!(with.text(text), without.text(text));
    assert!(with.field("officer").starts_with("person-") && with.text("officer") == "officer");
    assert_eq!(with.field("alice@corp.example"), without.field("alice@corp.example"));
    assert_eq!(with.key().len(), without.key().len() + 2);
}
