//! What model calls cost and how many tokens they took, by day, key, session, person, agent and model. A call that several
//! products recorded counts once. Must not price: that is done when it is asked for, with the table in force.

use super::reach::Reach;
use crate::store::{Fault, Writer};

/// Tokens of caches stand in the payload: Amazon Bedrock `cacheReadInputTokenCount` and `cacheWriteInputTokenCount`, Claude
/// Code `cache_read_input_tokens` and `cache_creation_input_tokens`; both beside the uncached input. Other sources count
/// cached tokens as input or do not say, so that no price is computed when they mention a cache.
pub(super) const CACHES: &str = "
    INSERT INTO model_cache
    SELECT n,
           CASE WHEN cost IS NULL AND tokens_in IS NOT NULL THEN
             CASE WHEN product = 'bedrock' THEN coalesce(TRY_CAST(json_extract_string(payload, '$.input.cacheReadInputTokenCount') AS BIGINT), 0)
                  WHEN plane = 'transcript' THEN coalesce(TRY_CAST(regexp_extract(payload, '\"cache_read_input_tokens\":(\\d+)', 1) AS BIGINT), 0)
                  WHEN contains(payload, 'cache') AND regexp_matches(payload, 'cache[a-z_.]*\"?:?[^0-9]{0,16}[1-9]') THEN NULL ELSE 0 END
             END,
           CASE WHEN cost IS NULL AND tokens_in IS NOT NULL THEN
             CASE WHEN product = 'bedrock' THEN coalesce(TRY_CAST(json_extract_string(payload, '$.input.cacheWriteInputTokenCount') AS BIGINT), 0)
                  WHEN plane = 'transcript' THEN coalesce(TRY_CAST(regexp_extract(payload, '\"cache_creation_input_tokens\":(\\d+)', 1) AS BIGINT), 0)
                  ELSE 0 END
             END
    FROM event
    WHERE {added} AND (kind = 'model_call' OR tokens_in IS NOT NULL OR tokens_out IS NOT NULL OR cost IS NOT NULL)";

/// The steps, in one transaction.
///
/// - A model call is an event of that kind, or one with tokens or cost. Of calls joined one to one by `=`, the one that
///   says most is counted: recorded cost before tokens before nothing.
/// - The key of a call is its own, else that of the record it is joined to by a request id.
const STEPS: &str = "
    CREATE OR REPLACE TEMP TABLE model_call AS
    SELECT e.n, e.id, e.ts, e.credential, e.session, e.human, e.agent, e.product, e.plane, e.model, e.tokens_in, e.tokens_out,
           e.cost, c.cache_read, c.cache_write
    FROM event e JOIN model_cache c ON c.n = e.n;
    CREATE OR REPLACE TEMP TABLE model_twin AS
    SELECT a, b FROM link WHERE grade = '=' AND strength = 1 AND a IN (SELECT n FROM model_call) AND b IN (SELECT n FROM model_call);
    CREATE OR REPLACE TEMP TABLE model_told AS
    WITH pair AS (SELECT a AS n, b AS other FROM model_twin UNION ALL SELECT b, a FROM model_twin)
    SELECT p.n, min(o.credential) AS credential, min(o.session) AS session,
           bool_or((o.cost IS NOT NULL, o.tokens_in IS NOT NULL, m.ts, m.id) > (m.cost IS NOT NULL, m.tokens_in IS NOT NULL, o.ts, o.id)) AS is_twin
    FROM pair p JOIN model_call m ON m.n = p.n JOIN model_call o ON o.n = p.other GROUP BY p.n;
    INSERT INTO spend
    WITH guest AS (
      SELECT n, min(session) AS session FROM session_guest WHERE n IN (SELECT n FROM model_call) GROUP BY n),
    counted AS (
      SELECT m.*, coalesce(m.credential, t.credential) AS key,
             CASE WHEN m.model LIKE '%arn:aws%:bedrock:%' OR m.product = 'bedrock' OR m.model LIKE 'bedrock/%'
                    OR regexp_matches(m.model, '^([a-z-]+\\.)?(amazon|anthropic|meta|mistral|cohere|ai21|deepseek|openai|qwen|stability)\\.') THEN 'bedrock'
                  WHEN regexp_matches(m.model, '^(anthropic/)?claude-') THEN 'anthropic'
                  WHEN regexp_matches(m.model, '^(openai/)?(gpt-|o[0-9])') THEN 'openai'
                  WHEN regexp_matches(m.model, '^(gemini/)?gemini-') THEN 'google'
                  WHEN contains(m.model, '/') THEN split_part(m.model, '/', 1) END AS provider,
             s.id AS session_id, coalesce(m.human, s.human) AS person, coalesce(m.agent, s.agent) AS whose
      FROM model_call m LEFT JOIN model_told t ON t.n = m.n LEFT JOIN guest g ON g.n = m.n
      LEFT JOIN session_key k ON k.local = coalesce(m.session, t.session)
      LEFT JOIN session s ON s.id = coalesce(k.session, g.session)
      WHERE NOT coalesce(t.is_twin, false))
    SELECT ts::DATE, key, session_id, person, whose, product, provider, regexp_replace(model, '^(anthropic|openai)/', ''),
           count(*), coalesce(sum(tokens_in), 0)::BIGINT, coalesce(sum(tokens_out), 0)::BIGINT,
           coalesce(sum(round(cost * 1e9)::HUGEINT), 0)::DOUBLE / 1e9, count(cost),
           count(*) FILTER (cost IS NULL AND tokens_in IS NOT NULL AND cache_read IS NOT NULL),
           coalesce(sum(tokens_in) FILTER (cost IS NULL AND cache_read IS NOT NULL), 0)::BIGINT,
           coalesce(sum(tokens_out) FILTER (cost IS NULL AND cache_read IS NOT NULL), 0)::BIGINT,
           coalesce(sum(cache_read) FILTER (cost IS NULL), 0)::BIGINT, coalesce(sum(cache_write) FILTER (cost IS NULL), 0)::BIGINT,
           count(*) FILTER (cost IS NULL AND tokens_in IS NULL AND tokens_out IS NULL)
    FROM counted GROUP BY ALL ORDER BY ALL;
    DROP TABLE model_told; DROP TABLE model_twin;";

/// Fills table `model_cache`, or adds to it.
pub(super) fn keep(writer: &mut Writer, reach: Reach) -> Result<(), Fault> {
    if reach == Reach::All {
        writer.execute("DELETE FROM model_cache", &[])?;
    }
    writer.execute(&CACHES.replace("{added}", &reach.condition()), &[])?;
    Ok(())
}

/// Fills `spend`. Leaves the temporary table `model_call` for the leads.
pub(super) fn gather(writer: &mut Writer) -> Result<(), Fault> {
    writer.execute_batch(STEPS)
}
