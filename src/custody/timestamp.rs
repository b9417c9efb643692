//! Time stamps by others: requests and answers of RFC 3161 (section 2.4), as files. Writes requests, and reads what an
//! answer says about time and imprint. Must not vouch for it: the signature and the chain of the authority are checked by
//! `openssl ts -verify`, which is the tool of those who know which authorities they trust.

use cms::cert::x509::ext::pkix::name::GeneralName;
use cms::content_info::ContentInfo;
use cms::signed_data::SignedData;
use der::asn1::{Any, AnyRef, Int, ObjectIdentifier, OctetString};
use der::{Decode, Encode, Reader, SliceReader, Tag, Tagged};
use sha2::{Digest, Sha256};
use x509_tsp::{MessageImprint, TimeStampReq, TspVersion};

/// `id-sha256` of RFC 5754.
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
/// `id-signedData` of RFC 5652.
const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
/// `id-ct-TSTInfo` of RFC 3161.
const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
/// Answers that are longer than this are not read.
const MAX_BYTES: usize = 1 << 20;

/// Why an answer shows nothing. Never quotes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimestampError {
    #[error("the file is no answer of a time stamp authority in DER (RFC 3161)")]
    Form,
    #[error("the authority refused the request (status {0})")]
    Refused(u8),
    #[error("the answer stamps another kind of digest than SHA-256")]
    OtherDigest,
}

/// What an answer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamped {
    /// RFC 3339 in UTC.
    pub time: String,
    /// SHA-256 that was stamped.
    pub imprint: [u8; 32],
    /// Name of the authority as the answer has it; not checked, and unsafe text.
    pub authority: Option<String>,
    /// Object identifier of the policy.
    pub policy: String,
    /// Random number of the request, as hex.
    pub nonce: Option<String>,
}

/// What a file that is no answer is called; where in it that shows is of no use to anybody.
const fn form(_fault: der::Error) -> TimestampError {
    TimestampError::Form
}

/// Returns the request to stamp `content`: DER, SHA-256, with the certificate of the authority asked for.
pub fn request(content: &[u8], nonce: u64) -> Result<Vec<u8>, TimestampError> {
    // The first bit of a positive DER integer is zero and its first byte is not.
    let nonce = (nonce >> 1) | (1 << 62);
    let null = Any::new(Tag::Null, Vec::new()).map_err(form)?;
    let request = TimeStampReq {
        version: TspVersion::V1,
        message_imprint: MessageImprint {
            hash_algorithm: cms::cert::x509::spki::AlgorithmIdentifier {
                oid: SHA256,
                parameters: Some(null),
            },
            hashed_message: OctetString::new(Sha256::digest(content).as_slice()).map_err(form)?,
        },
        req_policy: None,
        nonce: Some(Int::new(&nonce.to_be_bytes()).map_err(form)?),
        cert_req: true,
        extensions: None,
    };
    request.to_der().map_err(form)
}

/// Reads an answer.
pub fn read(answer: &[u8]) -> Result<Stamped, TimestampError> {
    if answer.len() > MAX_BYTES {
        return Err(TimestampError::Form);
    }
    let (status, token) = parts(answer).map_err(form)?;
    // 0 granted, 1 granted with changes (RFC 3161 section 2.4.2).
    if status > 1 {
        return Err(TimestampError::Refused(status));
    }
    let info = token.and_then(|token| info_of(&token)).ok_or(TimestampError::Form)?;
    stamped(&info)
}

/// Returns the status of an answer and its token.
fn parts(answer: &[u8]) -> der::Result<(u8, Option<ContentInfo>)> {
    let mut reader = SliceReader::new(answer)?;
    let found = reader.sequence(|inner| {
        let status = inner.sequence(|status| {
            let number = u8::decode(status)?;
            while !status.is_finished() {
                AnyRef::decode(status)?;
            }
            Ok(number)
        })?;
        let token = if inner.is_finished() { None } else { Some(ContentInfo::decode(inner)?) };
        Ok((status, token))
    })?;
    reader.finish(found)
}

/// Returns the signed statement in a token, in DER.
fn info_of(token: &ContentInfo) -> Option<Vec<u8>> {
    if token.content_type != SIGNED_DATA {
        return None;
    }
    let signed: SignedData = token.content.decode_as().ok()?;
    let inner = signed.encap_content_info;
    if inner.econtent_type != TST_INFO {
        return None;
    }
    let octets: OctetString = inner.econtent?.decode_as().ok()?;
    Some(octets.into_bytes())
}

fn stamped(info: &[u8]) -> Result<Stamped, TimestampError> {
    let mut reader = SliceReader::new(info).map_err(form)?;
    let (policy, imprint, time, rest) = reader
        .sequence(|inner| {
            u8::decode(inner)?;
            let policy = ObjectIdentifier::decode(inner)?;
            let imprint = MessageImprint::decode(inner)?;
            Int::decode(inner)?;
            let time = AnyRef::decode(inner)?;
            let mut rest = Vec::new();
            while !inner.is_finished() {
                rest.push(AnyRef::decode(inner)?);
            }
            Ok((policy, imprint, time, rest))
        })
        .map_err(form)?;
    if imprint.hash_algorithm.oid != SHA256 {
        return Err(TimestampError::OtherDigest);
    }
    let digest = imprint.hashed_message.as_bytes().try_into();
    let Ok(imprint) = digest else { return Err(TimestampError::Form) };
    let time = generalized(time).ok_or(TimestampError::Form)?;
    let nonce = rest
        .iter()
        .find(|part| part.tag() == Tag::Integer)
        .map(|part| crate::source::hex(part.value()));
    let authority = rest.iter().find_map(authority_in);
    Ok(Stamped { time, imprint, authority, policy: policy.to_string(), nonce })
}

/// Returns RFC 3339 for `YYYYMMDDhhmmss[.f..]Z` (RFC 3161 allows a fraction, which plain DER readers refuse).
fn generalized(time: AnyRef<'_>) -> Option<String> {
    if time.tag() != Tag::GeneralizedTime {
        return None;
    }
    let text = str::from_utf8(time.value()).ok()?.strip_suffix('Z')?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() != 14 || fraction.len() > 9 || !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let part = |from, to| whole.get(from..to).unwrap_or_default();
    let fraction = if fraction.is_empty() { String::new() } else { format!(".{fraction}") };
    let text = format!(
        "{}-{}-{}T{}:{}:{}{fraction}Z",
        part(0, 4),
        part(4, 6),
        part(6, 8),
        part(8, 10),
        part(10, 12),
        part(12, 14)
    );
    crate::model::Micros::parse(&text).map(|_| text)
}

/// Returns the name of the authority if `part` is the member `tsa [0]`.
fn authority_in(part: &AnyRef<'_>) -> Option<String> {
    let is_tsa = matches!(part.tag(), Tag::ContextSpecific { number, .. } if number.value() == 0);
    if !is_tsa {
        return None;
    }
    match GeneralName::from_der(part.value()).ok()? {
        GeneralName::DirectoryName(name) => Some(name.to_string()),
        GeneralName::DnsName(name) | GeneralName::UniformResourceIdentifier(name) => {
            Some(name.to_string())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answer of an authority made for the tests of `x509-tsp`, with `openssl ts -reply`; stamps `abc`.
    const ANSWER: &str = "3082028430030201003082027B06092A864886F70D010702A082026C30820268020103310F300D060960864801650304020105003081C9060B2A864886F70D0109100104A081B90481B63081B302010106042A0304013031300D060960864801650304020105000420BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD020104180F32303233303630373131323632365A300A020101800201F48101640101FF0208314CFCE4E0651827A048A4463044310B30090603550406130255533113301106035504080C0A536F6D652D5374617465310D300B060355040A0C04546573743111300F06035504030C0854657374205453413182018430820180020101305C3044310B30090603550406130255533113301106035504080C0A536F6D652D5374617465310D300B060355040A0C04546573743111300F06035504030C08546573742054534102146A0DCC59137C11D1C2B092042B4BC51C0D634D24300D06096086480165030402010500A08198301A06092A864886F70D010903310D060B2A864886F70D0109100104301C06092A864886F70D010905310F170D3233303630373131323632365A302B060B2A864886F70D010910020C311C301A3018301604142F36B1B52456F5AC3A1CA09794AE3D0D64AD38C2302F06092A864886F70D01090431220420BAF4CCF82E9B5B3956EADCC87346B407684F26D82B68D0E7DE0D31EA79AF648C300A06082A8648CE3D0403020467306502305A6E1C175B20A93FAB25D14CC5F5A2836D726D6D4A964B66FFBFFCE46276A96475F1408728B3385DCA37C2BA46BE17E1023100C46B7F08D03409A8ECCFD7637765412C3C5EC050E0D39CF48F0F5015950342CB18D8434FF331BA4463C086297C37D07B";

    fn unhex(text: &str) -> Vec<u8> {
        text.as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    #[test]
    fn answer_tells_time_imprint_policy_and_authority() {
        let stamped = read(&unhex(ANSWER)).unwrap();
        assert_eq!(stamped.time, "2023-06-07T11:26:26Z");
        assert_eq!(stamped.imprint, <[u8; 32]>::from(Sha256::digest(b"abc")));
        assert_eq!(stamped.policy, "1.2.3.4.1");
        assert_eq!(stamped.nonce.as_deref(), Some("314cfce4e0651827"));
        assert!(stamped.authority.unwrap().contains("CN=Test TSA"));
    }

    #[test]
    fn request_reads_back_and_asks_for_the_certificate() {
        let bytes = request(b"abc", 7).unwrap();
        let request = TimeStampReq::from_der(&bytes).unwrap();
        assert!(request.cert_req && request.nonce.is_some() && request.extensions.is_none());
        assert_eq!(request.message_imprint.hash_algorithm.oid, SHA256);
        assert_eq!(
            request.message_imprint.hashed_message.as_bytes(),
            Sha256::digest(b"abc").as_slice()
        );
        assert_ne!(super::request(b"abc", 9).unwrap(), bytes);
    }

    #[test]
    fn refusals_and_other_files_are_told_apart() {
        assert_eq!(read(&unhex("30053003020102")), Err(TimestampError::Refused(2)));
        assert_eq!(read(&unhex("30053003020100")), Err(TimestampError::Form));
        assert_eq!(read(b"-----BEGIN"), Err(TimestampError::Form));
        assert_eq!(read(&[]), Err(TimestampError::Form));
        let whole = unhex(ANSWER);
        for end in 0..whole.len() {
            assert!(read(&whole[..end]).is_err(), "{end}");
        }
        assert!(read(&[&whole[..], b"x"].concat()).is_err());
    }

    #[test]
    fn times_with_fractions_are_read_and_others_are_not() {
        let of =
            |text: &str| generalized(AnyRef::new(Tag::GeneralizedTime, text.as_bytes()).unwrap());
        assert_eq!(of("20261121051000.25Z").unwrap(), "2026-11-21T05:10:00.25Z");
        for bad in ["20261121051000", "2026112105100Z", "20261321051000Z", "20261121051000.xZ"] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }
}
