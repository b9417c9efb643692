#!/usr/bin/env python3
"""Compares whytrail's verdicts on CloudTrail digest trees with those of the AWS CLI's own validator. Not run by the tests.

The validator is the code behind `aws cloudtrail validate-logs` (Python package `awscli`, classes `DigestProvider`,
`DigestTraverser` and `Sha256RSADigestValidator`). S3 and CloudTrail are replaced by a local folder; nothing goes over a network.

    pip install awscli
    python3 tests/oracle/validate_digests.py --whytrail target/release/whytrail TREE [TREE...]

A TREE holds `BUCKET/AWSLogs/...` (or `AWSLogs/...`), `list-public-keys.json`, and `NAME.head-object.json` beside each digest,
which stands in for the object's metadata. Each file gets a line: the validator's verdict, ours, and `=`, `~` or `!`:

    =   the same
    ~   we say more, and may: the validator knows no signature but that in the metadata, reads no SubjectPublicKeyInfo,
        and looks at no log that is listed in no valid digest
    !   they differ; the exit code is 1
"""

import argparse
import collections
import gzip
import io
import json
import subprocess
import sys
import tempfile
import zlib
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path

from awscli.customizations.cloudtrail import validation
from botocore.exceptions import ClientError

DIGEST = "_CloudTrail-Digest_"


class Folder:
    """A bucket that is a folder. Objects are served packed, as S3 does, whatever they are on disk."""

    def __init__(self, tree):
        self.files = {}
        for path in sorted(tree.rglob("*")):
            if path.is_file() and "AWSLogs" in path.parts:
                at = path.parts.index("AWSLogs")
                key = "/".join(path.parts[at:])
                self.files[key if key.endswith((".gz", "head-object.json")) else key + ".gz"] = path

    def get_client(self, _bucket):
        return self

    def get_object(self, Bucket, Key):
        if Key not in self.files:
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": "not found"}}, "GetObject")
        path = self.files[Key]
        body = path.read_bytes()
        saved = Path(str(path) + ".head-object.json")
        metadata = json.loads(saved.read_text())["Metadata"] if saved.exists() else {}
        return {"Body": io.BytesIO(body if path.suffix == ".gz" else gzip.compress(body)), "Metadata": metadata}

    def get_paginator(self, _operation):
        return self

    def paginate(self, Bucket, Marker, Prefix):
        self.found = [key for key in sorted(self.files) if key.startswith(Prefix) and key > Marker]
        return self

    def search(self, _expression):
        return iter(self.found)


class Keys:
    """The answer of `list-public-keys` in a file."""

    def __init__(self, path):
        self.keys = json.loads(path.read_text())["PublicKeyList"] if path.exists() else []

    def get_public_keys(self, start_date, end_date):
        def time(key, name):
            value = key[name]
            if isinstance(value, str):
                return datetime.fromisoformat(value)
            return datetime.fromtimestamp(float(value), timezone.utc)

        aware = [moment.replace(tzinfo=moment.tzinfo or timezone.utc) for moment in (start_date, end_date)]
        return {
            key["Fingerprint"]: key
            for key in self.keys
            if time(key, "ValidityStartTime") <= aware[1] and time(key, "ValidityEndTime") >= aware[0]
        }


def chains(folder):
    """Returns account, region, trail and home region of the chains whose digests are there."""
    found = set()
    for key in folder.files:
        name = key.rsplit("/", 1)[-1]
        if DIGEST in name and name.endswith(".json.gz"):
            account, rest = name.split(DIGEST)
            region, rest = rest.split("_", 1)
            rest = rest.removesuffix(".json.gz").removesuffix("_backfill").rsplit("_", 1)[0]
            trail, home = rest.rsplit("_", 1)
            found.add((account, region, trail, home))
    return sorted(found)


def theirs(tree):
    """Returns the verdicts of the AWS CLI by object."""
    folder = Folder(tree)
    verdicts = collections.OrderedDict()

    def told(last_key=None, message=None, **_):
        if message and "NoSuchKey" in message:
            verdicts[last_key] = "INVALID: not found"
        elif last_key not in verdicts:
            verdicts[last_key] = "INVALID: " + (message or "").split("INVALID: ")[-1]

    for account, region, trail, home in chains(folder):
        provider = validation.DigestProvider(folder, account, trail, home, region)
        for is_backfill in (False, True):
            traverser = validation.DigestTraverser(
                digest_provider=provider, starting_bucket=bucket_of(tree), starting_prefix=None,
                public_key_provider=Keys(tree / "list-public-keys.json"), on_invalid=told, on_missing=told,
            )
            start = datetime(2013, 1, 1, tzinfo=timezone.utc)
            end = datetime(2100, 1, 1, tzinfo=timezone.utc) - timedelta(days=1)
            for digest in traverser.traverse_digests(start, end, is_backfill=is_backfill):
                verdicts[digest["digestS3Object"]] = "valid"
                for log in digest["logFiles"]:
                    verdicts[log["s3Object"]] = of_log(folder, log)
    return verdicts


def of_log(folder, log):
    """Says what `validate-logs` says of a log file, in its words."""
    try:
        body = folder.get_object(log["s3Bucket"], log["s3Object"])["Body"].read()
        content = zlib.decompress(body, zlib.MAX_WBITS | 16)
    except ClientError:
        return "INVALID: not found"
    except zlib.error:
        return "INVALID: invalid format"
    return "valid" if sha256(content).hexdigest() == log["hashValue"] else "INVALID: hash value doesn't match"


def bucket_of(tree):
    inner = [path.name for path in tree.iterdir() if (path / "AWSLogs").is_dir()]
    return inner[0] if inner else "bucket"


def ours(whytrail, tree):
    """Returns whytrail's verdicts by object."""
    with tempfile.TemporaryDirectory() as folder:
        case = str(Path(folder) / "case")
        subprocess.run([whytrail, "ingest", str(tree), "--case", case, "--quiet"], capture_output=True, check=False)
        query = "SELECT name, state FROM proofs WHERE subject IN ('digest', 'log')"
        answer = subprocess.run([whytrail, "sql", query, "--json", "--case", case], capture_output=True, check=True)
        rows = json.loads(answer.stdout)["rows"]
    verdicts = {}
    for row in rows:
        at = row["name"].find("AWSLogs/")
        key = row["name"][max(at, 0):]
        verdicts[key if key.endswith(".gz") else key + ".gz"] = row["state"]
    return verdicts


SAME = {
    "signed": "valid",
    "listed, hash mismatch": "INVALID: hash value doesn't match",
    "missing": "INVALID: not found",
}


def compare(their, our):
    if SAME.get(our, our) == their or (their or "").startswith(our):
        return "="
    without_metadata = their == "INVALID: signature verification failed" and our in ("valid", "signature not collected")
    other_form = (their or "").startswith("INVALID: Unable to load PKCS #1 key") and our == "valid"
    return "~" if their is None or without_metadata or other_form else "!"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--whytrail", required=True, help="the program")
    parser.add_argument("trees", nargs="+", type=Path)
    arguments = parser.parse_args()
    counts = collections.Counter()
    for tree in arguments.trees:
        print(f"{tree.name}")
        their, our = theirs(tree), ours(arguments.whytrail, tree)
        for key in sorted(set(their) | set(our)):
            mark = compare(their.get(key), our.get(key, "nothing"))
            counts[mark] += 1
            name = key.rsplit("/", 1)[-1]
            print(f"  {mark}  {their.get(key, 'nothing'):45} {our.get(key, 'nothing'):45} {name}")
    print(f"same {counts['=']}, more told by us {counts['~']}, different {counts['!']}")
    return 1 if counts["!"] else 0


if __name__ == "__main__":
    sys.exit(main())
