-- What sources can prove about themselves. `proof` holds parsed documents (digests, key lists, signatures, sign files),
-- `chain_record` what chained records say of their place; verdicts are made anew from both after each load.

CREATE TABLE proof (source INTEGER, kind VARCHAR, body VARCHAR USING COMPRESSION zstd);

CREATE TABLE chain_record (
    source INTEGER, record_index INTEGER, mapping VARCHAR, partition VARCHAR,
    seq BIGINT, prev VARCHAR, hash VARCHAR, is_first BOOLEAN, is_content BOOLEAN
);

-- `source` is NULL for what the sources name and the case does not hold; `details` has one line for each reason.
CREATE TABLE proof_verdict (source INTEGER, subject VARCHAR, standing VARCHAR, state VARCHAR, name VARCHAR, details VARCHAR);

CREATE VIEW proofs AS SELECT subject, standing, state, name, details, source FROM proof_verdict;
