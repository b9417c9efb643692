-- Digests of what each source gave, so that a load that adds files does not read the others again. Made anew by each load.
CREATE TABLE source_digest (source INTEGER, seal VARCHAR, blocks VARCHAR);
