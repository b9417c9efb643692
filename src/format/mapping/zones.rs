//! Zones that a user declared for sources whose times name none: `SOURCE=ZONE`, where a source is the name of a file, a
//! member of an archive, or the id of a mapping. The nearest name decides. Must not guess.

use std::sync::Arc;

use super::times::Zone;

/// Declared zones. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Zones(Arc<[Declared]>);

#[derive(Debug, Clone)]
struct Declared {
    source: String,
    /// As the user wrote it.
    spelled: String,
    zone: Zone,
}

impl Zones {
    /// Reads declarations `SOURCE=ZONE`; of two for one source the later counts.
    pub fn parse(given: &[String]) -> Result<Self, String> {
        let mut all: Vec<Declared> = Vec::new();
        for text in given {
            let Some((source, spelled)) = text.rsplit_once('=') else {
                return Err(format!(
                    "`{text}` is no declared zone\nhint: write `SOURCE=ZONE`, for example `gateway.jsonl=+02:00`"
                ));
            };
            let (source, spelled) = (source.trim().to_owned(), spelled.trim().to_owned());
            if source.is_empty() {
                return Err(format!("`{text}` names no source before `=`"));
            }
            let zone = Zone::declared(&spelled)?;
            all.retain(|declared| declared.source != source);
            all.push(Declared { source, spelled, zone });
        }
        Ok(Self(all.into()))
    }

    /// Returns each declaration: source and zone as they were written.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|declared| (declared.source.as_str(), declared.spelled.as_str()))
    }

    /// Returns the zone for a source that a mapping reads: by its whole name, its file name, or the mapping.
    pub(super) fn find(&self, mapping: &str, source: &str) -> Option<(&Zone, &str)> {
        let file = source.rsplit('/').next().unwrap_or(source);
        let named = |name: &str| self.0.iter().find(|declared| declared.source == name);
        let declared = named(source).or_else(|| named(file)).or_else(|| named(mapping))?;
        Some((&declared.zone, &declared.spelled))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zones(given: &[&str]) -> Result<Zones, String> {
        Zones::parse(&given.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn nearest_name_decides_and_the_later_of_two() {
        let zones =
            zones(&["acme=+01:00", "a.jsonl=UTC", "x/a.jsonl=+03:00", "acme=+02:00"]).unwrap();
        let found = |mapping, source| zones.find(mapping, source).map(|(_, spelled)| spelled);
        assert_eq!(found("acme", "x/a.jsonl"), Some("+03:00"));
        assert_eq!(found("acme", "y/a.jsonl"), Some("UTC"));
        assert_eq!(found("acme", "b.jsonl"), Some("+02:00"));
        assert_eq!(found("other", "b.jsonl"), None);
    }

    #[test]
    fn declarations_without_a_source_or_a_zone_are_refused() {
        for text in ["acme", "=UTC", "acme=", "acme=ask", "acme=+25:00"] {
            assert!(zones(&[text]).is_err(), "{text}");
        }
    }
}
