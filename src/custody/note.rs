//! Signed notes as C2SP describes them (c2sp.org/signed-note v1.0.0, algorithm 1: Ed25519): a text, an empty line, and a
//! line for each signature. Reads strictly: what is not exactly of this form is no note. Files are `checkpoint`'s.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// Begins each line of a signature: an em dash and a space.
const MARK: &str = "\u{2014} ";
/// Ed25519, as keys and key ids name it.
const ED25519: u8 = 1;
/// Notes that are longer than this are not read.
const MAX_BYTES: usize = 1 << 20;
/// Notes with more signatures than this are not read.
const MAX_SIGNATURES: usize = 16;

/// Why a text is no note or no key. Never quotes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    #[error("the note is too long or has too many signatures")]
    TooLong,
    #[error("the text of the note has control characters or is not UTF-8")]
    Text,
    #[error("the note has no empty line between its text and its signatures")]
    NoSignatures,
    #[error("a line of a signature is not `- name base64`, with an em dash")]
    SignatureLine,
    #[error("the key is not `name+id+base64` of an Ed25519 key, or its id does not fit")]
    Key,
}

/// A public key with the name it signs under: `name+id+base64`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vkey {
    name: String,
    key: VerifyingKey,
}

impl Vkey {
    /// Reads the text of a key.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.trim_ascii_end().splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::Key);
        };
        let Ok(bytes) = BASE64.decode(key) else { return Err(NoteError::Key) };
        let Some((&ED25519, key)) = bytes.split_first() else { return Err(NoteError::Key) };
        let key =
            <[u8; 32]>::try_from(key).ok().and_then(|key| VerifyingKey::from_bytes(&key).ok());
        match key {
            Some(key) if is_name(name) && hex(&key_id(name, &key)) == id => {
                Ok(Self { name: name.to_owned(), key })
            }
            _ => Err(NoteError::Key),
        }
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the 32 bytes of the key.
    pub fn public(&self) -> [u8; 32] {
        self.key.to_bytes()
    }

    /// Returns SHA-256 of the 32 bytes of the key, as hex: the same whatever name the key signs under.
    pub fn fingerprint(&self) -> String {
        hex(&Sha256::digest(self.key.as_bytes()))
    }

    /// Returns the key under another name, as a note that it signed has it.
    fn named(&self, name: &str) -> Self {
        Self { name: name.to_owned(), key: self.key }
    }
}

impl fmt::Display for Vkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[ED25519][..], self.key.as_bytes()].concat();
        write!(f, "{}+{}+{}", self.name, hex(&key_id(&self.name, &self.key)), BASE64.encode(key))
    }
}

/// Returns the first four bytes of SHA-256 of name, newline, algorithm, key.
fn key_id(name: &str, key: &VerifyingKey) -> [u8; 4] {
    let mut hasher = Sha256::new();
    hasher.update(name.as_bytes());
    hasher.update([b'\n', ED25519]);
    hasher.update(key.as_bytes());
    let digest: [u8; 32] = hasher.finalize().into();
    let [first, second, third, fourth, ..] = digest;
    [first, second, third, fourth]
}

fn hex(bytes: &[u8]) -> String {
    crate::source::hex(bytes)
}

/// Returns true for a name that a key may have: not empty, without spaces, plus signs and control characters.
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name
            .chars()
            .any(|letter| letter.is_whitespace() || letter.is_control() || letter == '+')
}

/// Returns a part of a key's name or of an origin: what such names cannot hold becomes `_`.
pub fn name_part(text: &str) -> String {
    let cut: String = text
        .chars()
        .map(|letter| {
            let is_plain = letter.is_ascii_alphanumeric() || "-_.@".contains(letter);
            if is_plain || (!letter.is_ascii() && letter.is_alphanumeric()) { letter } else { '_' }
        })
        .take(64)
        .collect();
    if cut.is_empty() { "_".to_owned() } else { cut }
}

/// A secret key with the name it signs under. The secret is wiped when it is dropped and never printed.
pub struct NoteKey {
    name: String,
    key: SigningKey,
}

impl fmt::Debug for NoteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NoteKey").field("name", &self.name).finish_non_exhaustive()
    }
}

impl NoteKey {
    /// Returns the key of a seed. The name loses what a name cannot hold.
    pub fn new(name: &str, seed: &Zeroizing<[u8; 32]>) -> Self {
        let name = name.split('/').map(name_part).collect::<Vec<_>>().join("/");
        Self { name, key: SigningKey::from_bytes(seed) }
    }

    /// Returns the public key.
    pub fn vkey(&self) -> Vkey {
        Vkey { name: self.name.clone(), key: self.key.verifying_key() }
    }

    /// Returns `text`, which must end with a newline, with a signature over it.
    pub fn sign(&self, text: &str) -> String {
        let signature = self.key.sign(text.as_bytes());
        let id = key_id(&self.name, &self.key.verifying_key());
        let bytes = [&id[..], &signature.to_bytes()].concat();
        format!("{text}\n{MARK}{} {}\n", self.name, BASE64.encode(bytes))
    }
}

/// One signature of a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    pub name: String,
    id: [u8; 4],
    bytes: Vec<u8>,
}

/// A note as read. What it says is shown only by a signature that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The text with its last newline.
    pub text: String,
    pub signatures: Vec<NoteSignature>,
}

/// What a signature of a note turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signed {
    /// The key at this place of the list made it.
    By(usize),
    /// It names a key of the list, and that key did not make it.
    Wrong(usize),
    /// No key of the list fits.
    Unknown,
}

impl Note {
    /// Reads a note.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > MAX_BYTES {
            return Err(NoteError::TooLong);
        }
        let Ok(whole) = str::from_utf8(bytes) else { return Err(NoteError::Text) };
        if whole.chars().any(|letter| letter.is_control() && letter != '\n') {
            return Err(NoteError::Text);
        }
        // The last empty line parts text and signatures: the text may have empty lines of its own.
        let Some((before, after)) = whole.rsplit_once("\n\n") else {
            return Err(NoteError::NoSignatures);
        };
        let Some(lines) = after.strip_suffix('\n') else { return Err(NoteError::NoSignatures) };
        let signatures: Vec<NoteSignature> = lines
            .split('\n')
            .map(signature_of)
            .collect::<Option<_>>()
            .ok_or(NoteError::SignatureLine)?;
        if signatures.len() > MAX_SIGNATURES {
            return Err(NoteError::TooLong);
        }
        Ok(Self { text: format!("{before}\n"), signatures })
    }

    /// Returns what each signature is. A key fits a signature when its id does under the name of the signature, so that
    /// a key is known whatever case it signs for.
    pub fn check(&self, keys: &[Vkey]) -> Vec<Signed> {
        self.signatures.iter().map(|signature| self.check_one(signature, keys)).collect()
    }

    fn check_one(&self, signature: &NoteSignature, keys: &[Vkey]) -> Signed {
        let fits =
            |key: &Vkey| key_id(&signature.name, &key.named(&signature.name).key) == signature.id;
        let Some(at) = keys.iter().position(fits) else { return Signed::Unknown };
        let is_right = keys.get(at).is_some_and(|key| {
            Signature::from_slice(&signature.bytes)
                .is_ok_and(|bytes| key.key.verify_strict(self.text.as_bytes(), &bytes).is_ok())
        });
        if is_right { Signed::By(at) } else { Signed::Wrong(at) }
    }
}

fn signature_of(line: &str) -> Option<NoteSignature> {
    let (name, encoded) = line.strip_prefix(MARK)?.split_once(' ')?;
    let bytes = BASE64.decode(encoded).ok()?;
    let (id, bytes) = bytes.split_at_checked(4)?;
    let id = <[u8; 4]>::try_from(id).ok()?;
    (is_name(name) && !bytes.is_empty()).then(|| NoteSignature {
        name: name.to_owned(),
        id,
        bytes: bytes.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "whytrail/CASE-0001/analyst";
    const VKEY: &str =
        "whytrail/CASE-0001/analyst+9a8c52a4+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";

    fn key(first: u8) -> NoteKey {
        let mut seed = Zeroizing::new([0_u8; 32]);
        for (slot, byte) in seed.iter_mut().zip(first..) {
            *slot = byte;
        }
        NoteKey::new(NAME, &seed)
    }

    #[test]
    fn key_of_the_test_vector_has_its_text_and_reads_back() {
        let vkey = key(0).vkey();
        assert_eq!(vkey.to_string(), VKEY);
        assert_eq!(Vkey::parse(&format!("{VKEY}\n")).unwrap(), vkey);
        assert_eq!(
            hex(&vkey.public()),
            "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"
        );
        for bad in [
            "",
            "a+b",
            "x+9a8c52a4+AQOh",
            &VKEY.replace("9a8c", "9a8d"),
            &VKEY.replace("analyst", "officer"),
        ] {
            assert_eq!(Vkey::parse(bad), Err(NoteError::Key), "{bad}");
        }
    }

    #[test]
    fn signature_is_by_its_key_and_no_other() {
        let text = "first\n\nsecond\n";
        let signed = key(0).sign(text);
        let note = Note::parse(signed.as_bytes()).unwrap();
        assert_eq!(note.text, text);
        let (own, other) = (key(0).vkey(), key(1).vkey());
        assert_eq!(note.check(&[other.clone(), own.clone()]), [Signed::By(1)]);
        assert_eq!(note.check(&[other]), [Signed::Unknown]);
        let changed = Note::parse(signed.replace("first", "fyrst").as_bytes()).unwrap();
        assert_eq!(changed.check(&[own]), [Signed::Wrong(0)]);
    }

    #[test]
    fn several_signatures_are_each_told() {
        let signed = key(0).sign("text\n");
        let second = key(7).sign("text\n");
        let line = second.lines().next_back().unwrap();
        let note = Note::parse(format!("{signed}{line}\n").as_bytes()).unwrap();
        assert_eq!(note.check(&[key(7).vkey()]), [Signed::Unknown, Signed::By(0)]);
    }

    #[test]
    fn every_other_form_is_refused() {
        let signed = key(0).sign("text\n");
        assert_eq!(Note::parse(b"text\n"), Err(NoteError::NoSignatures));
        assert_eq!(Note::parse(signed.trim_end().as_bytes()), Err(NoteError::NoSignatures));
        assert_eq!(
            Note::parse(signed.replace('\u{2014}', "-").as_bytes()),
            Err(NoteError::SignatureLine)
        );
        assert_eq!(Note::parse(signed.replace('=', "").as_bytes()), Err(NoteError::SignatureLine));
        assert_eq!(Note::parse(signed.replace("text", "te\txt").as_bytes()), Err(NoteError::Text));
        assert_eq!(Note::parse(&[0xff; 9]), Err(NoteError::Text));
        assert_eq!(Note::parse(&vec![b'a'; MAX_BYTES + 1]), Err(NoteError::TooLong));
    }

    #[test]
    fn any_bit_of_a_note_that_flips_is_found() {
        let signed = key(0).sign("whytrail/x\n3\nAAAA\n").into_bytes();
        let own = [key(0).vkey()];
        for at in 0..signed.len() * 8 {
            let mut changed = signed.clone();
            changed[at / 8] ^= 1 << (at % 8);
            let holds = Note::parse(&changed).is_ok_and(|note| note.check(&own) == [Signed::By(0)]);
            assert!(!holds, "bit {at}");
        }
    }

    #[test]
    fn secret_is_not_printed_and_names_are_made_to_fit() {
        assert!(!format!("{:?}", key(0)).contains("key:"));
        let odd = NoteKey::new("whytrail/a b/M. M\u{fc}ller+x", &Zeroizing::new([1; 32]));
        assert_eq!(odd.vkey().name(), "whytrail/a_b/M._M\u{fc}ller_x");
        assert_eq!(Vkey::parse(&odd.vkey().to_string()).unwrap(), odd.vkey());
    }
}
