//! `identity-key.csv`: annex E, the names behind the marks of a report. Restricted, and the only file of a bundle that may be
//! taken out of it and handed over apart. Must not decide who is a person.

use super::safe;
use crate::redact::People;

/// Name of the file.
pub const FILE: &str = "identity-key.csv";

/// Says of the file, wherever it lies, what it is.
const RESTRICTED: &str = "RESTRICTED: names of people behind the pseudonyms of a report; hand it over apart, and only by a \
                          decision that is written down";

/// Returns the text of the file: a line that says what it is, the names of the columns, then every name of every person.
pub(super) fn text(people: &People) -> String {
    let mut text = line([RESTRICTED, "", ""]) + &line(["pseudonym", "name", "how it was found"]);
    for one in people.key() {
        text.push_str(&line([&one.mark, &one.name, &one.found]));
    }
    text
}

fn line(cells: [&str; 3]) -> String {
    let quoted = |cell: &str| format!("\"{}\"", safe::sheet_cell(cell).replace('"', "\"\""));
    cells.map(quoted).join(",") + "\n"
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::model::rows::PersonName;
    use crate::redact::Redactor;

    #[test]
    fn every_name_is_a_row_of_three_cells_and_none_is_a_formula() {
        let name = |name: &str| PersonName {
            name: name.to_owned(),
            person: name.to_owned(),
            found: "source, \"identity\"".to_owned(),
        };
        let names = [name("=cmd()"), name("ann@corp.example")];
        let people =
            People::new(&Redactor::new([7; 32]), &names, &BTreeSet::new(), &BTreeSet::new());
        let text = text(&people);
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 2 + 3, "{text}");
        assert!(rows[0][0].starts_with("RESTRICTED"));
        assert!(rows.iter().all(|row| row.len() == 3));
        assert!(rows.iter().any(|row| &row[1] == "'=cmd()" && &row[2] == "source, \"identity\""));
        assert!(rows.iter().any(|row| &row[1] == "ann" && &row[2] == "part of ann@corp.example"));
    }
}
