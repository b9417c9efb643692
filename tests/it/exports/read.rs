//! Files of a bundle as other programs read them: sheets of a workbook, rows of a Parquet file, lines of JSON.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use regex::Regex;
use serde_json::Value;

/// Returns the rows of every sheet of a workbook, by its name, as the texts of their cells.
pub(crate) fn sheets(path: &Path) -> BTreeMap<String, Vec<Vec<String>>> {
    let parts = parts(path);
    let workbook = &parts["xl/workbook.xml"];
    let shared = Regex::new(r"(?s)<si>(.*?)</si>").unwrap();
    let shared: Vec<String> = shared
        .captures_iter(parts.get("xl/sharedStrings.xml").map_or("", String::as_str))
        .map(|found| plain(&found[1]))
        .collect();
    let name = Regex::new(r#"<sheet name="([^"]+)" sheetId="(\d+)""#).unwrap();
    let sheets = name.captures_iter(workbook).map(|found| {
        let part = &parts[&format!("xl/worksheets/sheet{}.xml", &found[2])];
        (plain(&found[1]), rows(part, &shared))
    });
    sheets.collect()
}

/// Returns the parts of a workbook, by name.
pub(crate) fn parts(path: &Path) -> BTreeMap<String, String> {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut part = archive.by_index(index).unwrap();
            let mut text = String::new();
            part.read_to_string(&mut text).unwrap();
            (part.name().unwrap().into_owned(), text)
        })
        .collect()
}

fn rows(part: &str, shared: &[String]) -> Vec<Vec<String>> {
    let row = Regex::new(r"(?s)<row [^>]*>(.*?)</row>").unwrap();
    let cell =
        Regex::new(r#"<c r="([A-Z]+)\d+"(?: s="\d+")?(?: t="(\w+)")?><v>([^<]*)</v></c>"#).unwrap();
    let all = row.captures_iter(part).map(|found| {
        let mut cells = Vec::new();
        for found in cell.captures_iter(&found[1]) {
            let column =
                found[1].bytes().fold(0, |sum, letter| sum * 26 + usize::from(letter - b'A') + 1);
            cells.resize(column, String::new());
            let is_shared = found.get(2).is_some_and(|kind| kind.as_str() == "s");
            cells[column - 1] = if is_shared {
                shared[found[3].parse::<usize>().unwrap()].clone()
            } else {
                plain(&found[3])
            };
        }
        cells
    });
    all.collect()
}

fn plain(xml: &str) -> String {
    let tag = Regex::new("<[^>]*>").unwrap();
    let text = tag.replace_all(xml, "");
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// Returns the column of a sheet below its head.
pub(crate) fn column<'s>(sheet: &'s [Vec<String>], name: &str) -> Vec<&'s str> {
    let head = sheet.first().expect("a head");
    let at = head.iter().position(|title| title == name).expect("the column");
    sheet.iter().skip(1).map(|row| row.get(at).map_or("", String::as_str)).collect()
}

/// Asks a Parquet file a question with `FILE` in its place and returns the one text of the answer.
pub(crate) fn parquet(path: &Path, question: &str) -> String {
    let engine = duckdb::Connection::open_in_memory().unwrap();
    let file = format!("read_parquet('{}')", path.display());
    engine.query_row(&question.replace("FILE", &file), [], |row| row.get(0)).unwrap()
}

/// Returns every text of a Parquet file, lists as JSON.
pub(crate) fn parquet_texts(path: &Path) -> String {
    parquet(
        path,
        "SELECT coalesce(string_agg(CAST(to_json(line) AS VARCHAR), chr(10)), '') FROM FILE line",
    )
}

/// Returns the lines of a file of JSON lines.
pub(crate) fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Returns the value of a property, by its name.
pub(crate) fn prop<'v>(object: &'v Value, name: &str) -> Option<&'v str> {
    let props = object["props"].as_array()?;
    props.iter().find(|prop| prop["name"] == name)?["value"].as_str()
}
