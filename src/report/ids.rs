//! Identifiers that machine exports ask for: UUIDs of version 5, a function of what they name, so that the same state of a
//! case has the same ones. Pure.

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

/// Whose names the properties of machine exports are. The domain is one that nobody can own.
pub(super) const NAMESPACE: &str = "https://whytrail.invalid/ns/oscal";

/// The name space of addresses in RFC 9562.
const OF_ADDRESSES: u128 = 0x6ba7_b811_9dad_11d1_80b4_00c0_4fd4_30c8;

/// A name space of one case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ids(u128);

impl Ids {
    /// Returns the name space of the case with this id.
    pub(super) fn of_case(case_id: &str) -> Self {
        Self(v5(v5(OF_ADDRESSES, NAMESPACE), case_id))
    }

    /// Returns the id of a thing by its kind and its name within the kind.
    pub(super) fn of(self, kind: &str, name: &str) -> String {
        text(v5(self.0, &format!("{kind}\0{name}")))
    }
}

/// Returns the UUID of a name within a name space (RFC 9562, version 5, which rests on SHA-1).
fn v5(space: u128, name: &str) -> u128 {
    let mut bytes = space.to_be_bytes().to_vec();
    bytes.extend_from_slice(name.as_bytes());
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, &bytes);
    let first = hash.as_ref().first_chunk::<16>().copied().unwrap_or_default();
    let uuid = u128::from_be_bytes(first);
    let version = (uuid & !(0xf << 76)) | (5 << 76);
    (version & !(0b11 << 62)) | (0b10 << 62)
}

fn text(uuid: u128) -> String {
    crate::model::EventId(uuid).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_5_is_that_of_the_standard() {
        // The example of RFC 9562, appendix A.4, in the name space of host names.
        let hosts = 0x6ba7_b810_9dad_11d1_80b4_00c0_4fd4_30c8;
        assert_eq!(text(v5(hosts, "www.example.com")), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
    }

    #[test]
    fn ids_differ_by_case_kind_and_name() {
        let (one, other) = (Ids::of_case("a"), Ids::of_case("b"));
        assert_eq!(one.of("rule", "ATTR"), one.of("rule", "ATTR"));
        let all = [
            one.of("rule", "ATTR"),
            one.of("risk", "ATTR"),
            one.of("rule", "GAP"),
            other.of("rule", "ATTR"),
        ];
        assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), 4);
    }
}
