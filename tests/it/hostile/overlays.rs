//! The corpus through every screen and overlay of the model, event by event: more than a terminal test has time for.

use whytrail::redact::Redactor;
use whytrail::store::{Limits, Store};
use whytrail::tui::Settings;
use whytrail::tui::harness::Harness;

use super::Loaded;
use super::output::fault_of_text;
use crate::screens::NoDesk;

/// Keys that open each screen and overlay of the present event.
const PLACES: &[&str] = &[
    "1",
    "1 x",
    "3",
    "4",
    "5",
    "8",
    "2",
    "2 p",
    "2 t",
    "2 y",
    "2 H",
    "2 :",
    "2 ?",
    "2 f",
    "2 <enter>",
    "2 <enter> x",
    "2 <enter> p",
    "2 r",
    "2 <enter> r",
    "2 <enter> w",
    "3 <enter>",
    "4 <enter>",
    "5 <enter>",
    "4 r",
];

#[test]
fn no_screen_or_overlay_holds_anything_active() {
    let loaded = Loaded::new();
    let limits = Limits { memory_mib: 256, threads: 2 };
    let store = Store::open(&loaded.home.path("case/case.duckdb"), limits).unwrap();
    for size in [(80, 24), (132, 43)] {
        let settings =
            Settings { case_name: "a\u{1b}[2J\u{202e}".to_owned(), ..Settings::default() };
        let (reader, redactor) = (store.reader().unwrap(), Redactor::new([0; 32]));
        let mut harness = Harness::over_case(size, &settings, reader, redactor, Box::new(NoDesk));
        let check = |harness: &mut Harness, keys: &str| {
            let screen = harness.screen();
            assert_eq!(fault_of_text(&screen, false), None, "{size:?} after `{keys}`\n{screen}");
        };
        for keys in PLACES {
            harness.keys(keys);
            check(&mut harness, keys);
            for more in ["<pgdn>", "<end>"] {
                harness.keys(more);
                check(&mut harness, &format!("{keys} {more}"));
            }
            harness.keys("<esc> <esc> <backspace> <backspace> <backspace>");
        }
        // Every event in the list, and every seventh in detail and raw.
        harness.keys("2");
        for number in 0..150 {
            check(&mut harness, "2 and down");
            if number % 3 == 0 {
                harness.keys("<enter>");
                check(&mut harness, "2 <enter>");
                harness.keys("<end>");
                check(&mut harness, "2 <enter> <end>");
                harness.keys("x");
                check(&mut harness, "2 <enter> x");
                harness.keys("<esc> <esc>");
            }
            harness.keys("j j j j j j j");
        }
        assert_eq!(harness.copied, Vec::<String>::new(), "nothing was asked to be copied");
    }
}
