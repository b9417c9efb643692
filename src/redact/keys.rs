//! The names whose values are secrets, the names whose values never are, and what a value looks like that the source
//! has hidden. Names are compared whole or, for a few, by their end, in lower case and without `-` and `_`, so `nextToken`
//! and `clientToken` stay; of a dotted name the last part counts.

use std::borrow::Cow;

/// The class of a secret: it names the kind in a mark and is part of what is hashed. Names of one family share it, so
/// that one secret under two names has one mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Password,
    Secret,
    AwsSecretKey,
    SessionToken,
    Signature,
    Token,
    Authorization,
    Cookie,
    ApiKey,
    PrivateKey,
    Pin,
    OneTimeCode,
    Seed,
    ConnectionString,
    UserData,
    EnvironmentVariable,
    Plaintext,
    Ciphertext,
    CardNumber,
    CardVerification,
    CardTrack,
    Ssn,
    Iban,
    OAuthCode,
    PromptText,
}

impl Class {
    const ALL: [Self; 25] = [
        Self::Password,
        Self::Secret,
        Self::AwsSecretKey,
        Self::SessionToken,
        Self::Signature,
        Self::Token,
        Self::Authorization,
        Self::Cookie,
        Self::ApiKey,
        Self::PrivateKey,
        Self::Pin,
        Self::OneTimeCode,
        Self::Seed,
        Self::ConnectionString,
        Self::UserData,
        Self::EnvironmentVariable,
        Self::Plaintext,
        Self::Ciphertext,
        Self::CardNumber,
        Self::CardVerification,
        Self::CardTrack,
        Self::Ssn,
        Self::Iban,
        Self::OAuthCode,
        Self::PromptText,
    ];

    /// Returns the word used in marks and counts.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Secret => "secret",
            Self::AwsSecretKey => "aws-secret-key",
            Self::SessionToken => "session-token",
            Self::Signature => "signature",
            Self::Token => "token",
            Self::Authorization => "authorization",
            Self::Cookie => "cookie",
            Self::ApiKey => "api-key",
            Self::PrivateKey => "private-key",
            Self::Pin => "pin",
            Self::OneTimeCode => "one-time-code",
            Self::Seed => "seed",
            Self::ConnectionString => "connection-string",
            Self::UserData => "user-data",
            Self::EnvironmentVariable => "environment-variable",
            Self::Plaintext => "plaintext",
            Self::Ciphertext => "ciphertext",
            Self::CardNumber => "card-number",
            Self::CardVerification => "card-verification",
            Self::CardTrack => "card-track",
            Self::Ssn => "ssn",
            Self::Iban => "iban",
            Self::OAuthCode => "oauth-code",
            Self::PromptText => "prompt-text",
        }
    }

    /// Returns true for header values that run to the end of their line.
    pub(super) const fn is_whole_line(self) -> bool {
        matches!(self, Self::Authorization | Self::Cookie)
    }
}

/// Returns the form of a value that its mark is made from: groups and line ends are no part of what they divide.
pub(super) fn canonical<'v>(class: &str, value: &'v str) -> Cow<'v, str> {
    match class {
        "card-number" | "iban" | "ssn" => {
            Cow::Owned(value.chars().filter(|letter| !matches!(letter, ' ' | '-')).collect())
        }
        "private-key" => Cow::Owned(
            value.replace("\\r", "").replace("\\n", "").split_whitespace().collect::<String>(),
        ),
        _ => Cow::Borrowed(value),
    }
}

/// Returns true when `word` is the word of a class.
pub(super) fn is_class(word: &str) -> bool {
    Class::ALL.iter().any(|class| class.as_str() == word)
}

/// Names of secrets.
const SECRETS: &[(&[u8], Class)] = &[
    (b"password", Class::Password),
    (b"passwd", Class::Password),
    (b"pwd", Class::Password),
    (b"passphrase", Class::Password),
    (b"secret", Class::Secret),
    (b"secretstring", Class::Secret),
    (b"secretbinary", Class::Secret),
    (b"clientsecret", Class::Secret),
    (b"secretkey", Class::AwsSecretKey),
    (b"secretaccesskey", Class::AwsSecretKey),
    (b"sessiontoken", Class::SessionToken),
    (b"xamzsecuritytoken", Class::SessionToken),
    (b"xamzsignature", Class::Signature),
    (b"token", Class::Token),
    (b"accesstoken", Class::Token),
    (b"refreshtoken", Class::Token),
    (b"idtoken", Class::Token),
    (b"authorization", Class::Authorization),
    (b"proxyauthorization", Class::Authorization),
    (b"cookie", Class::Cookie),
    (b"setcookie", Class::Cookie),
    (b"apikey", Class::ApiKey),
    (b"xapikey", Class::ApiKey),
    (b"privatekey", Class::PrivateKey),
    (b"pin", Class::Pin),
    (b"otp", Class::OneTimeCode),
    (b"mfacode", Class::OneTimeCode),
    (b"seed", Class::Seed),
    (b"connectionstring", Class::ConnectionString),
    (b"dsn", Class::ConnectionString),
    (b"userdata", Class::UserData),
    (b"plaintext", Class::Plaintext),
    (b"ciphertextblob", Class::Ciphertext),
    (b"cardnumber", Class::CardNumber),
    (b"pan", Class::CardNumber),
    (b"cvv", Class::CardVerification),
    (b"cvc", Class::CardVerification),
    (b"track", Class::CardTrack),
    (b"ssn", Class::Ssn),
    (b"socialsecuritynumber", Class::Ssn),
    (b"creditcard", Class::CardNumber),
    (b"creditcardnumber", Class::CardNumber),
    (b"iban", Class::Iban),
    (b"awssecretaccesskey", Class::AwsSecretKey),
    (b"awssessiontoken", Class::SessionToken),
    (b"awssecuritytoken", Class::SessionToken),
    (b"securitytoken", Class::SessionToken),
    (b"base32stringseed", Class::Seed),
    (b"qrcodepng", Class::Seed),
    (b"authorizationcode", Class::OAuthCode),
    (b"codeverifier", Class::OAuthCode),
    (b"devicecode", Class::OAuthCode),
    (b"clientassertion", Class::Token),
    (b"samlassertion", Class::Token),
    (b"samlresponse", Class::Token),
    (b"sastoken", Class::Signature),
    (b"sharedaccesskey", Class::Secret),
    (b"bearer", Class::Token),
    // Text of prompts and answers: a mark stands for its digest.
    (b"prompt", Class::PromptText),
    (b"prompttext", Class::PromptText),
    (b"systemprompt", Class::PromptText),
    (b"systeminstructions", Class::PromptText),
    (b"responsetext", Class::PromptText),
    (b"completion", Class::PromptText),
    (b"rawdata", Class::PromptText),
];

/// Ends of names of secrets: `DB_PASSWORD`, `stripeApiKey`. `nextToken` and `clientToken` have none of them.
const SUFFIXES: &[(&[u8], Class)] = &[
    (b"password", Class::Password),
    (b"passwd", Class::Password),
    (b"passphrase", Class::Password),
    (b"apikey", Class::ApiKey),
    (b"secretaccesskey", Class::AwsSecretKey),
    (b"secretkey", Class::Secret),
    (b"privatekey", Class::PrivateKey),
    (b"sessiontoken", Class::SessionToken),
    (b"accesstoken", Class::Token),
    (b"refreshtoken", Class::Token),
    (b"authtoken", Class::Token),
    (b"bearertoken", Class::Token),
    (b"bottoken", Class::Token),
    (b"apitoken", Class::Token),
    (b"clientsecret", Class::Secret),
    (b"appsecret", Class::Secret),
    (b"apisecret", Class::Secret),
    (b"webhooksecret", Class::Secret),
    (b"signingsecret", Class::Secret),
    (b"sharedsecret", Class::Secret),
    (b"totpsecret", Class::Secret),
    (b"connectionstring", Class::ConnectionString),
];
/// The last three letters of each of them.
const SUFFIX_ENDS: [&[u8; 3]; 7] = [b"ord", b"swd", b"ase", b"key", b"ken", b"ret", b"ing"];

/// Whole dotted names of prompts and answers (OpenTelemetry semantic conventions for generative AI).
const PROMPTS: &[&[u8]] =
    &[b"gen_ai.input.messages", b"gen_ai.output.messages", b"llm.prompts", b"llm.completions"];

/// Names under which environment variables are found.
const ENVIRONMENTS: &[&[u8]] = &[b"environment", b"env", b"envvars", b"environmentvariables"];

/// Structural identifiers: never touched, also below a sensitive name.
const ALLOWED: &[&[u8]] = &[
    b"accesskeyid",
    b"accountid",
    b"arn",
    b"bucketname",
    b"digest",
    b"etag",
    b"eventid",
    b"instanceid",
    b"md5",
    b"parentspanid",
    b"principalid",
    b"requestid",
    b"sha1",
    b"sha256",
    b"sharedeventid",
    b"spanid",
    b"traceid",
    b"traceparent",
];

/// What a name says about the value beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyRule {
    Plain,
    Allowed,
    Secret(Class),
    /// `environment`: an array of name and value, or an object that holds `variables`.
    Environment,
    /// `env`, `envVars`, `environmentVariables`: an object of values, or an array of name and value.
    Variables,
    /// `variables`: as the above, but only inside `environment`.
    VariablesWithin,
    /// Names the thing whose value stands beside it in the same object.
    Name,
    /// Holds the value of the thing named in the same object.
    Value,
}

/// Longest name with separators that is looked at.
const MAX_NAME: usize = 40;
const LONGEST: usize = MAX_NAME;

/// For each first letter, the last letters that some name of interest has with it. Nine of ten names end here.
const ENDS: [u32; 26] = ends();

const fn ends() -> [u32; 26] {
    let mut table = [0_u32; 26];
    let mut idx = 0;
    while idx < SECRETS.len() {
        let name = SECRETS[idx].0;
        table[(name[0] - b'a') as usize] |= 1 << (name[name.len() - 1] - b'a');
        idx += 1;
    }
    let mut idx = 0;
    while idx < ENVIRONMENTS.len() {
        let name = ENVIRONMENTS[idx];
        table[(name[0] - b'a') as usize] |= 1 << (name[name.len() - 1] - b'a');
        idx += 1;
    }
    table
}

/// Returns true when `name` can be one of interest; cheap, and wrong only in saying yes.
#[inline]
fn may_matter(name: &[u8]) -> bool {
    let (Some(first), Some(last)) = (name.first(), name.last()) else { return false };
    if name.len() > MAX_NAME || name.len() < 3 {
        return false;
    }
    let (first, last) = (first | 0x20, last | 0x20);
    if may_have_suffix(name) {
        return true;
    }
    if !first.is_ascii_lowercase() || !last.is_ascii_lowercase() {
        // `-` and `_` at the ends are dropped by the comparison; digits and the rest begin or end no name.
        return [first, last].iter().any(|byte| matches!(byte, b'-' | 0x7f));
    }
    ENDS.get(usize::from(first - b'a')).is_some_and(|lasts| lasts & (1 << (last - b'a')) != 0)
}

#[inline]
fn may_have_suffix(name: &[u8]) -> bool {
    let end = name.len().checked_sub(3).and_then(|at| name.get(at..)).unwrap_or_default();
    SUFFIX_ENDS.iter().any(|known| end.eq_ignore_ascii_case(known.as_slice()))
}

/// The letters that end some name of interest.
const LASTS: u32 = {
    let mut all = 0;
    let mut idx = 0;
    while idx < ENDS.len() {
        all |= ENDS[idx];
        idx += 1;
    }
    all
};

/// Returns true when the last byte can end a name of interest; nearly free, and true for few values.
#[inline]
fn may_end_name(name: &[u8]) -> bool {
    match name.last() {
        Some(b'-' | b'_') => true,
        Some(last) if last.is_ascii_alphabetic() => LASTS & (1 << ((last | 0x20) - b'a')) != 0,
        Some(_) | None => false,
    }
}

/// Returns the part of a dotted name that counts: the last (`http.request.header.authorization`).
#[inline]
fn last_part(name: &[u8]) -> &[u8] {
    memchr::memrchr(b'.', name).and_then(|dot| name.get(dot + 1..)).unwrap_or(name)
}

/// A name in lower case without separators.
struct Normal {
    bytes: [u8; LONGEST],
    len: usize,
}

impl Normal {
    fn new(name: &[u8]) -> Option<Self> {
        let mut normal = Self { bytes: [0; LONGEST], len: 0 };
        if name.len() > MAX_NAME {
            return None;
        }
        for byte in name.iter().filter(|byte| !matches!(byte, b'-' | b'_')) {
            *normal.bytes.get_mut(normal.len)? = byte.to_ascii_lowercase();
            normal.len += 1;
        }
        Some(normal)
    }

    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

fn secret_named(normal: &[u8]) -> Option<Class> {
    let exact = SECRETS.iter().find(|(name, _)| *name == normal);
    let found = exact.or_else(|| {
        let may_be = may_have_suffix(normal) && normal.iter().all(u8::is_ascii_alphanumeric);
        SUFFIXES.iter().find(|(suffix, _)| may_be && normal.ends_with(suffix))
    });
    found.map(|(_, class)| *class)
}

fn is_prompt(name: &[u8]) -> bool {
    PROMPTS.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Returns the class of secret that `name` names.
pub(super) fn class_of(name: &[u8]) -> Option<Class> {
    if is_prompt(name) {
        return Some(Class::PromptText);
    }
    let name = last_part(name);
    if !may_matter(name) {
        return None;
    }
    secret_named(Normal::new(name)?.as_bytes())
}

/// Returns true when `name` names a secret or the place of environment variables.
#[inline]
pub(super) fn is_of_interest(name: &[u8]) -> bool {
    if !may_end_name(name) {
        return false;
    }
    if is_prompt(name) {
        return true;
    }
    let name = last_part(name);
    may_matter(name)
        && Normal::new(name).is_some_and(|normal| {
            let normal = normal.as_bytes();
            secret_named(normal).is_some() || ENVIRONMENTS.contains(&normal)
        })
}

/// Returns what `name` says about its value.
pub(super) fn rule_of(name: &[u8]) -> KeyRule {
    if is_prompt(name) {
        return KeyRule::Secret(Class::PromptText);
    }
    let Some(normal) = Normal::new(last_part(name)) else { return KeyRule::Plain };
    let normal = normal.as_bytes();
    if let Some(class) = secret_named(normal) {
        return KeyRule::Secret(class);
    }
    match normal {
        b"environment" => KeyRule::Environment,
        b"env" | b"envvars" | b"environmentvariables" => KeyRule::Variables,
        b"variables" => KeyRule::VariablesWithin,
        b"name" | b"key" | b"header" | b"headername" | b"parametername" => KeyRule::Name,
        b"value" | b"values" | b"headervalue" | b"parametervalue" => KeyRule::Value,
        other if ALLOWED.contains(&other) => KeyRule::Allowed,
        _ => KeyRule::Plain,
    }
}

/// Returns true for names that are also ordinary words: in free text they count only as `name=value` or in quotes.
pub(super) const fn is_everyday_word(class: Class) -> bool {
    matches!(
        class,
        Class::Pin
            | Class::CardNumber
            | Class::Seed
            | Class::CardTrack
            | Class::OneTimeCode
            | Class::Plaintext
            | Class::PromptText
    )
}

/// Returns true when the source has hidden the value itself: stars, or a word such as `REDACTED`, bare or in brackets.
pub(super) fn is_hidden(value: &str) -> bool {
    const WORDS: [&str; 7] =
        ["redacted", "removed", "hidden", "masked", "filtered", "omitted", "obfuscated"];
    let value = value.trim();
    if value.is_empty() || value.len() > 64 {
        return false;
    }
    if value.len() >= 3 && value.bytes().all(|byte| byte == b'*') {
        return true;
    }
    if value.eq_ignore_ascii_case("HIDDEN_DUE_TO_SECURITY_REASONS") {
        return true;
    }
    let brackets: &[(char, char)] = &[('<', '>'), ('[', ']'), ('(', ')'), ('{', '}')];
    let bracketed =
        brackets.iter().find_map(|(open, close)| value.strip_prefix(*open)?.strip_suffix(*close));
    let inner = bracketed.unwrap_or(value).to_ascii_lowercase();
    if bracketed.is_none() {
        return WORDS.contains(&inner.as_str());
    }
    let is_words =
        inner.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b' ' | b'_' | b'-'));
    is_words && WORDS.iter().any(|word| inner.contains(word))
}
