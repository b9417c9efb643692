//! Every container a file can come in, whole and damaged.

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;
use crate::source::hex;
use sha2::{Digest, Sha256};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn read(
    bytes: Vec<u8>,
    caps: Caps,
) -> (Vec<u8>, Option<super::super::Damage>, super::super::Digests) {
    let mut content = open_stream(Cursor::new(bytes), caps).unwrap();
    let mut buffer = Vec::new();
    let damage = loop {
        match content.fill(&mut buffer, 1000) {
            Ok(false) => {}
            Ok(true) => break None,
            Err(damage) => break Some(damage),
        }
    };
    (buffer, damage, content.finish().0)
}

#[test]
fn both_digests_come_from_one_pass() {
    let plain = b"{\"a\":1}\n".repeat(500);
    let packed = gzip(&plain);
    let (content, damage, digests) = read(packed.clone(), Caps::default());
    assert_eq!(damage, None);
    assert_eq!(content, plain);
    assert_eq!(digests.sha256, hex(&Sha256::digest(&packed)));
    assert_eq!(digests.content_sha256, hex(&Sha256::digest(&plain)));
    assert_eq!((digests.bytes, digests.inflated), (packed.len() as u64, plain.len() as u64));
}

#[test]
fn all_members_of_a_gzip_are_read() {
    let mut packed = gzip(b"one\n");
    packed.extend(gzip(b"two\n"));
    assert_eq!(read(packed, Caps::default()).0, b"one\ntwo\n");
}

#[test]
fn gzip_that_ends_early_keeps_what_came_out() {
    let plain: Vec<u8> = (0..20_000_u32)
        .flat_map(|number| format!("{}\n", number.wrapping_mul(2_654_435_761)).into_bytes())
        .collect();
    let packed = gzip(&plain);
    let half = packed[..packed.len() / 2].to_vec();
    let (content, damage, digests) = read(half.clone(), Caps::default());
    let damage = damage.unwrap();
    assert_eq!(damage.reason, "gzip ends early");
    assert_eq!(damage.received, half.len() as u64);
    assert!(content.len() > 1000 && plain.starts_with(&content));
    assert_eq!(digests.sha256, hex(&Sha256::digest(&half)));
}

#[test]
fn digest_covers_the_file_behind_damage_and_behind_a_cap() {
    let mut packed = gzip(&b"{\"a\":1}\n".repeat(500));
    let middle = packed.len() / 2;
    packed[middle] ^= 0xff;
    packed.extend(vec![7; 1 << 20]);
    let bomb = gzip(&vec![b' '; 40 << 20]);
    for bytes in [packed, bomb] {
        let (_, damage, digests) = read(bytes.clone(), Caps::default());
        assert!(damage.is_some());
        assert_eq!(digests.bytes, bytes.len() as u64);
        assert_eq!(digests.sha256, hex(&Sha256::digest(&bytes)));
    }
}

#[test]
fn bomb_is_stopped_at_the_ratio_and_at_the_size() {
    let packed = gzip(&vec![b' '; 40 << 20]);
    let (content, damage, _) = read(packed.clone(), Caps::default());
    assert!(damage.unwrap().reason.contains("200:1"));
    assert!(content.len() < 10 << 20);
    let (_, damage, _) = read(packed, Caps { inflated: 1 << 20, ratio: u64::MAX });
    assert!(damage.unwrap().reason.contains("cap of 1048576 bytes"));
}

#[test]
fn byte_order_marks_are_dropped_and_utf16_is_turned_into_utf8() {
    assert_eq!(read(b"\xef\xbb\xbf{}".to_vec(), Caps::default()).0, b"{}");
    let mut utf16 = vec![0xff, 0xfe];
    utf16.extend("{\"a\":\"ü\"}".encode_utf16().flat_map(u16::to_le_bytes));
    assert_eq!(read(utf16.clone(), Caps::default()).0, "{\"a\":\"ü\"}".as_bytes());
    assert_eq!(read(gzip(&utf16), Caps::default()).0, "{\"a\":\"ü\"}".as_bytes());
}

#[test]
fn empty_and_broken_gzip_do_not_panic() {
    assert_eq!(read(Vec::new(), Caps::default()).0, b"");
    let (_, damage, _) = read(vec![0x1f, 0x8b, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9], Caps::default());
    assert_eq!(damage.unwrap().reason, "gzip is damaged");
}

#[test]
fn zip_members_are_sources_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pack");
    let mut zip = zip::ZipWriter::new(File::create(&path).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    zip.add_directory("logs/", options).unwrap();
    zip.start_file("logs/a.json", options).unwrap();
    zip.write_all(b"{\"a\":1}").unwrap();
    zip.start_file("../../b.json.gz", options).unwrap();
    zip.write_all(&gzip(b"{\"b\":2}")).unwrap();
    zip.finish().unwrap();
    let Opened::Archive(mut archive) = open_file(&path, Caps::default()).unwrap() else {
        panic!("not an archive")
    };
    assert!(archive.member(0, Caps::default()).unwrap().is_none());
    for (index, name, expected) in
        [(1, "logs/a.json", "{\"a\":1}"), (2, "../../b.json.gz", "{\"b\":2}")]
    {
        let (found, mut content) = archive.member(index, Caps::default()).unwrap().unwrap();
        let mut buffer = Vec::new();
        while !content.fill(&mut buffer, 100).unwrap() {}
        assert_eq!((found.as_str(), String::from_utf8(buffer).unwrap().as_str()), (name, expected));
    }
}

/// Returns an archive with one member, and where the member's packed bytes lie.
fn archive_of(plain: &[u8], method: zip::CompressionMethod) -> (Vec<u8>, std::ops::Range<usize>) {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(method);
    writer.start_file("a.jsonl", options).unwrap();
    writer.write_all(plain).unwrap();
    let bytes = writer.finish().unwrap().into_inner();
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes.clone())).unwrap();
    let member = zip.by_index(0).unwrap();
    let start = usize::try_from(member.data_start().unwrap()).unwrap();
    let end = start + usize::try_from(member.compressed_size()).unwrap();
    drop(member);
    (bytes, start..end)
}

/// Reads the only member of an archive.
fn member_of(bytes: &[u8], caps: Caps) -> (Vec<u8>, Option<super::super::Damage>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pack");
    std::fs::write(&path, bytes).unwrap();
    let Opened::Archive(mut archive) = open_file(&path, caps).unwrap() else {
        panic!("not an archive")
    };
    let (_, mut content) = archive.member(0, caps).unwrap().unwrap();
    let mut buffer = Vec::new();
    loop {
        match content.fill(&mut buffer, 1000) {
            Ok(false) => {}
            Ok(true) => return (buffer, None),
            Err(damage) => return (buffer, Some(damage)),
        }
    }
}

#[test]
fn damaged_zip_member_keeps_what_came_before_the_damage_and_is_told() {
    let plain: Vec<u8> = (0..20_000_u32)
        .flat_map(|number| format!("{}\n", number.wrapping_mul(2_654_435_761)).into_bytes())
        .collect();
    for method in [zip::CompressionMethod::Stored, zip::CompressionMethod::Deflated] {
        let (mut bytes, place) = archive_of(&plain, method);
        assert_eq!(member_of(&bytes, Caps::default()), (plain.clone(), None));
        let near_end = place.end - place.len() / 8;
        bytes[near_end] ^= 0x55;
        let (content, damage) = member_of(&bytes, Caps::default());
        assert!(damage.unwrap().reason.starts_with("zip member is damaged"), "{method}");
        assert!(
            content.len() > plain.len() / 2
                && plain[..plain.len() / 2] == content[..plain.len() / 2]
        );
    }
}

/// The sizes that an archive gives are claims of whoever made it.
#[test]
fn zip_member_that_inflates_to_more_than_it_says_is_stopped() {
    let plain = vec![b' '; 1 << 20];
    let (mut bytes, _) = archive_of(&plain, zip::CompressionMethod::Deflated);
    let size = u32::try_from(plain.len()).unwrap().to_le_bytes();
    let claims: Vec<usize> =
        bytes.windows(4).enumerate().filter(|(_, part)| *part == size).map(|(at, _)| at).collect();
    assert!(!claims.is_empty());
    for at in claims {
        bytes[at..at + 4].copy_from_slice(&1000_u32.to_le_bytes());
    }
    let (content, damage) = member_of(&bytes, Caps { inflated: 512 << 10, ratio: 200 });
    assert!(damage.unwrap().reason.contains("cap of 524288 bytes"));
    assert!(content.len() <= 512 << 10, "{}", content.len());
    let (_, damage) = member_of(&bytes, Caps::default());
    assert!(damage.unwrap().reason.contains("checksum differs"));
}
