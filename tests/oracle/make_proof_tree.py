#!/usr/bin/env python3
"""Makes tests/fixtures/proof/tree.json: a small tree of CloudTrail digests and log files, and a Lake sign file.

Not run by the tests. Needs `openssl`. The private keys live in a temporary folder and are gone afterwards, so that a
new run gives other keys and signatures: the fixture holds public keys and signatures only. All content is made up.

    python3 tests/oracle/make_proof_tree.py > tests/fixtures/proof/tree.json

Five digests: three hours of one trail (the first begins the chain, the second lists two log files, the third none and
a fourth that lists one), and a backfill digest. Two keys: the second is listed in both forms (`keys`, `keys_spki`).
"""

import base64
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ACCOUNT, REGION, TRAIL, BUCKET = "111122223333", "eu-west-1", "made_up-trail", "made-up-bucket"
DAY = "2026/03/01"


def openssl(*arguments, data=None):
    return subprocess.run(["openssl", *arguments], input=data, capture_output=True, check=True).stdout


def main():
    with tempfile.TemporaryDirectory() as folder:
        keys = []
        for number in (1, 2):
            private = Path(folder) / f"{number}.pem"
            openssl("genrsa", "-out", str(private), "2048")
            spki = openssl("rsa", "-in", str(private), "-pubout", "-outform", "DER")
            pkcs1 = openssl("rsa", "-in", str(private), "-RSAPublicKey_out", "-outform", "DER")
            keys.append((private, pkcs1, spki))
        json.dump(tree(keys), sys.stdout, indent=1)
        print()


def listed(der):
    return {
        "Value": base64.b64encode(der).decode(),
        "ValidityStartTime": "2026-02-01T00:00:00+00:00",
        "ValidityEndTime": "2026-04-01T00:00:00+00:00",
        "Fingerprint": hashlib.md5(der).hexdigest(),
    }


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def sign(private, text):
    return openssl("dgst", "-sha256", "-sign", str(private), data=text.encode()).hex()


def log(stamp, unique, event):
    name = f"{ACCOUNT}_CloudTrail_{REGION}_{stamp}_{unique}.json.gz"
    record = {
        "eventVersion": "1.11", "eventTime": event[0], "eventSource": "s3.amazonaws.com", "eventName": event[1],
        "awsRegion": REGION, "sourceIPAddress": "198.51.100.7", "eventID": event[2], "eventType": "AwsApiCall",
        "recipientAccountId": ACCOUNT, "userIdentity": {"type": "IAMUser", "userName": "sam", "accountId": ACCOUNT},
    }
    text = json.dumps({"Records": [record]}, separators=(",", ":"))
    return {"object": f"AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/{DAY}/{name}", "text": text}


def digest(hours, key, previous, logs, backfill=False):
    private, der, spki = key
    stamp = f"20260301T{hours[1].replace(':', '')}Z"
    ending = "_backfill" if backfill else ""
    name = f"{ACCOUNT}_CloudTrail-Digest_{REGION}_{TRAIL}_{REGION}_{stamp}{ending}.json.gz"
    document = {
        "awsAccountId": ACCOUNT,
        "digestStartTime": f"2026-03-01T{hours[0]}Z",
        "digestEndTime": f"2026-03-01T{hours[1]}Z",
        "digestS3Bucket": BUCKET,
        "digestS3Object": f"AWSLogs/{ACCOUNT}/CloudTrail-Digest/{REGION}/{DAY}/{name}",
        "digestPublicKeyFingerprint": hashlib.md5(der).hexdigest(),
        "digestSignatureAlgorithm": "SHA256withRSA",
        "newestEventTime": None,
        "oldestEventTime": None,
        "previousDigestS3Bucket": BUCKET if previous else None,
        "previousDigestS3Object": previous["object"] if previous else None,
        "previousDigestHashValue": sha256(previous["text"]) if previous else None,
        "previousDigestHashAlgorithm": "SHA-256" if previous else None,
        "previousDigestSignature": previous["signature"] if previous else None,
        "logFiles": [
            {"s3Bucket": BUCKET, "s3Object": one["object"], "hashValue": sha256(one["text"]), "hashAlgorithm": "SHA-256",
             "newestEventTime": None, "oldestEventTime": None}
            for one in logs
        ],
    }

    def seal(document):
        text = json.dumps(document, separators=(",", ":"))
        signed = "\n".join([
            document["digestEndTime"], f"{BUCKET}/{document['digestS3Object']}", sha256(text),
            document["previousDigestSignature"] or "null",
        ])
        return {"object": document["digestS3Object"], "text": text, "signature": sign(private, signed)}

    made = seal(document)
    if spki is not None:
        document["digestPublicKeyFingerprint"] = hashlib.md5(spki).hexdigest()
        made["spki"] = seal(document)
    return made


def tree(keys):
    first, second = keys
    logs = [
        log("20260301T1005Z", "aaaaaaaaaaaaaaaa", ("2026-03-01T10:01:00Z", "ListBuckets", "5e6c0000-0000-4000-8000-000000000001")),
        log("20260301T1110Z", "bbbbbbbbbbbbbbbb", ("2026-03-01T11:05:00Z", "GetObject", "5e6c0000-0000-4000-8000-000000000002")),
        log("20260301T1120Z", "cccccccccccccccc", ("2026-03-01T11:15:00Z", "DeleteObject", "5e6c0000-0000-4000-8000-000000000003")),
        log("20260301T1310Z", "dddddddddddddddd", ("2026-03-01T13:05:00Z", "PutObject", "5e6c0000-0000-4000-8000-000000000004")),
        log("20260301T1130Z", "eeeeeeeeeeeeeeee", ("2026-03-01T11:25:00Z", "HeadObject", "5e6c0000-0000-4000-8000-000000000005")),
    ]
    one = digest(("09:59:31", "10:59:31"), (first[0], first[1], None), None, logs[0:1])
    two = digest(("10:59:31", "11:59:31"), (first[0], first[1], None), one, logs[1:3])
    three = digest(("11:59:31", "12:59:31"), (second[0], second[1], None), two, [])
    four = digest(("12:59:31", "13:59:31"), second, three, logs[3:4])
    backfill = digest(("10:59:31", "11:59:31"), (second[0], second[1], None), None, logs[4:5], backfill=True)
    results = "eventID,eventName\n5e6c0000-0000-4000-8000-000000000001,ListBuckets\n"
    hashes = [sha256(results), sha256("")]
    lake = {
        "version": "1.0", "region": REGION,
        "files": [{"fileHashValue": hashes[0], "fileName": "result_1.csv"}, {"fileHashValue": hashes[1], "fileName": "result_2.csv"}],
        "hashAlgorithm": "SHA-256", "signatureAlgorithm": "SHA256withRSA", "queryCompleteTime": "2026-03-02T10:00:00Z",
        "hashSignature": sign(first[0], " ".join(hashes)), "publicKeyFingerprint": hashlib.md5(first[1]).hexdigest(),
    }
    return {
        "keys": {"PublicKeyList": [listed(first[1]), listed(second[1])]},
        "keys_spki": {"PublicKeyList": [listed(first[1]), listed(second[2])]},
        "digests": [one, two, three, four, backfill],
        "backfilled_at": "2026-03-02T02:00:00.000Z",
        "logs": logs,
        "lake": {"sign": lake, "results": [results, ""]},
    }


if __name__ == "__main__":
    main()
