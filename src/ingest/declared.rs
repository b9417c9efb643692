//! What a user declared about sources of a case beside their content, kept in the case: a later load reads with the same
//! declarations. Only keeps words; what they mean is the formats' business.

use crate::store::{Fault, Reader, Writer};

const ZONE: &str = "zone ";

/// Returns the zones declared for sources of the case: name and zone as they were written.
pub fn zones(reader: &Reader) -> Result<Vec<(String, String)>, Fault> {
    let rows = reader.rows(
        "SELECT substr(key, 6), value FROM meta WHERE starts_with(key, 'zone ') ORDER BY key",
        &[],
    )?;
    Ok(rows.iter().map(|row| (row.text(0), row.text(1))).collect())
}

/// Keeps zones; of two for one source the new one counts.
pub fn keep_zones<'z>(
    writer: &mut Writer,
    zones: impl Iterator<Item = (&'z str, &'z str)>,
) -> Result<(), Fault> {
    for (source, zone) in zones {
        let key = format!("{ZONE}{source}");
        writer.execute("DELETE FROM meta WHERE key = ?", &[key.as_str().into()])?;
        writer.execute("INSERT INTO meta VALUES (?, ?)", &[key.as_str().into(), zone.into()])?;
    }
    writer.commit()
}
