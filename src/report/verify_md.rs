//! `VERIFY.md`: how to check a bundle without this program. The commands are complete and stand alone, block by block; a
//! test runs them as they are written. Public tools only: `sha256sum`, `openssl`, and the standard library of Python.

use super::bundle::BundleInput;
use super::safe;
use crate::custody::checkpoint;

pub(super) const FILE: &str = "VERIFY.md";

/// Returns the text of the file.
pub(super) fn text(input: &BundleInput<'_>) -> String {
    let mut text = HEAD.replace("{CASE}", &safe::markdown(input.case_name));
    text.push_str(FILES);
    text.push_str(CHAIN);
    text.push_str(if input.key.is_some() { NOTE } else { NO_NOTE });
    if input.key.is_some() {
        text.push_str(SIGNATURE);
    }
    let has_checkpoint = input.checkpoints.iter().any(|(name, _)| name != checkpoint::SIGNERS);
    text.push_str(if has_checkpoint { CHECKPOINT } else { NO_CHECKPOINT });
    text.push_str(LIMITS);
    text
}

const HEAD: &str = "# How to check this bundle

Case {CASE}. `whytrail verify .` says all of this at once. The commands below need nothing but `sha256sum`, `openssl` 3 \
and `python3`; run them in a shell, in this folder. A block that finds something wrong says what and ends with an error.
";

const FILES: &str = r#"
## 1. Every file is as the manifest says, and none is missing or more

`identity-key.csv` alone may be missing: it has the names behind the pseudonyms of the report and may be handed over apart.

```sh
python3 - <<'END' | sha256sum --check --strict --quiet
import json, os
for file in json.load(open("manifest.json"))["files"]:
    if file["name"] != "identity-key.csv" or os.path.lexists("identity-key.csv"):
        print(file["sha256"] + "  " + file["name"])
END
```

```sh
python3 - <<'END'
import json, os, sys
listed = {file["name"] for file in json.load(open("manifest.json"))["files"]} | {"manifest.json", "bundle.note"}
found = {os.path.relpath(os.path.join(folder, name), ".").replace(os.sep, "/")
         for folder, _, names in os.walk(".") for name in names}
wrong = ["not in the manifest: " + name for name in sorted(found - listed)]
wrong += ["missing: " + name for name in sorted(listed - found) if name not in ("bundle.note", "identity-key.csv")]
sys.exit("\n".join(wrong) if wrong else 0)
END
```
"#;

const CHAIN: &str = r#"
## 2. The journal is one chain

```sh
python3 - <<'END'
import hashlib, json, sys
data = open("journal.jsonl", "rb").read()
if data and not data.endswith(b"\n"):
    sys.exit("the last line is torn")
prev = "0" * 64
for seq, line in enumerate(data.split(b"\n")[:-1]):
    entry = json.loads(line)
    if entry["prev"] != prev or entry["seq"] != seq:
        sys.exit("the chain breaks at line %d" % (seq + 1))
    prev = hashlib.sha256(b"\0" + line).hexdigest()
END
```
"#;

const NOTE: &str = r#"
## 3. The note names this manifest and this journal

`bundle.note` has a text (origin, number of entries, root of the tree of RFC 6962 over them, hash of the manifest), an
empty line, and a signature (C2SP signed note).

```sh
python3 - <<'END'
import base64, hashlib, sys
leaves = [hashlib.sha256(b"\0" + line).digest() for line in open("journal.jsonl", "rb").read().split(b"\n")[:-1]]
def root(hashes):
    if len(hashes) < 2:
        return hashes[0] if hashes else hashlib.sha256(b"").digest()
    half = 1 << ((len(hashes) - 1).bit_length() - 1)
    return hashlib.sha256(b"\1" + root(hashes[:half]) + root(hashes[half:])).digest()
lines = open("bundle.note", encoding="utf-8").read().split("\n")
manifest = hashlib.sha256(open("manifest.json", "rb").read()).hexdigest()
for what, right in [("number of entries", lines[1] == str(len(leaves))),
                    ("root of the journal", lines[2] == base64.b64encode(root(leaves)).decode()),
                    ("hash of the manifest", lines[3] == "manifest.json " + manifest)]:
    if not right:
        sys.exit("bundle.note: the %s differs" % what)
END
```
"#;

const SIGNATURE: &str = r#"
## 4. The note is signed

By the first key in `checkpoints/signer.vkey`. Compare that line with one you have from the signer by another way: a signature
shows a key, not a person.

```sh
work=$(mktemp -d)
python3 - "$work" <<'END'
import base64, hashlib, sys
name, key_id, key = open("checkpoints/signer.vkey", encoding="utf-8").read().split("\n")[0].split("+", 2)
key = base64.b64decode(key, validate=True)
if key[0] != 1 or hashlib.sha256(name.encode() + b"\n" + key).hexdigest()[:8] != key_id:
    sys.exit("checkpoints/signer.vkey: the id of the key does not fit")
text, _, signatures = open("bundle.note", "rb").read().rpartition(b"\n\n")
for line in signatures.decode().split("\n")[:-1]:
    mark, signer, signature = line.split(" ")
    signature = base64.b64decode(signature, validate=True)
    if mark == "\u2014" and signer == name and signature[:4].hex() == key_id:
        break
else:
    sys.exit("bundle.note: no signature by this key")
open(sys.argv[1] + "/text", "wb").write(text + b"\n")
open(sys.argv[1] + "/signature", "wb").write(signature[4:])
open(sys.argv[1] + "/key.der", "wb").write(bytes.fromhex("302a300506032b6570032100") + key[1:])
END
openssl pkeyutl -verify -pubin -keyform DER -inkey "$work/key.der" -rawin -in "$work/text" -sigfile "$work/signature"
rm -r "$work"
```
"#;

const NO_NOTE: &str = "
## 3. The bundle is not signed

There was no key when it was made. Whoever changes a file can change `manifest.json` too; compare its SHA-256 with one
that you have by another way.
";

const CHECKPOINT: &str = r#"
## 5. The journal begins with what the newest checkpoint covers

```sh
python3 - <<'END'
import base64, glob, hashlib, sys
leaves = [hashlib.sha256(b"\0" + line).digest() for line in open("journal.jsonl", "rb").read().split(b"\n")[:-1]]
def root(hashes):
    if len(hashes) < 2:
        return hashes[0] if hashes else hashlib.sha256(b"").digest()
    half = 1 << ((len(hashes) - 1).bit_length() - 1)
    return hashlib.sha256(b"\1" + root(hashes[:half]) + root(hashes[half:])).digest()
for name in sorted(glob.glob("checkpoints/*.note")):
    lines = open(name, encoding="utf-8").read().split("\n")
    size = int(lines[1])
    if size > len(leaves) or lines[2] != base64.b64encode(root(leaves[:size])).decode():
        sys.exit(name + ": the journal does not begin with what it covers")
END
```

What anchors it, if it lies beside it, is checked by those who know whom they trust:

- `.tsr`, a time stamp (RFC 3161): `openssl ts -verify -data checkpoints/NNNN.note -in checkpoints/NNNN.tsr -CAfile AUTHORITY.pem`
- `.sshsig`, an SSH signature: `ssh-keygen -Y verify -n whytrail-checkpoint -f ALLOWED_SIGNERS -I WHO -s checkpoints/NNNN.sshsig < checkpoints/NNNN.note`
"#;

const NO_CHECKPOINT: &str = "
## 5. There is no checkpoint

The journal was never signed before this export.
";

const LIMITS: &str = "
## What this does not show

Equal hashes show that files are the same as when the bundle was made. They say nothing about what was never logged, or
was changed before the evidence was taken in. Who owned the case and the key could write all of this anew at any time;
only a checkpoint that somebody else holds, or a time stamp, shows that it was there before. The files of evidence are
not in this bundle: their hashes are in `manifest.json` under `sources` (`sha256` as received, `content_sha256` inflated).
";
