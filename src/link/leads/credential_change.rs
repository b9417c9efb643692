//! A credential was changed by an agent: keys, sign-in profiles, second factors, trust and
//! policies of identities, who may take on which permission set, in an agent's session
//! or with a key that such a session issued, up to four steps on. People change credentials as part of their work; an
//! agent that does is listed from the first call that succeeded.

use super::{Found, Rule, counted, short, spaced, term};
use crate::store::Row;

pub(super) const RULE: Rule = Rule { name: "credential change by an agent", sql: CALLS, make };

const CALLS: &str = "
    WITH RECURSIVE hit AS (
      SELECT e.*, k.session AS whole FROM event e LEFT JOIN session_key k ON k.local = e.session
      WHERE e.outcome = 'success' AND e.action IN (
        'iam:CreateAccessKey', 'iam:UpdateAccessKey', 'iam:CreateLoginProfile', 'iam:UpdateLoginProfile', 'iam:CreateUser',
        'iam:AttachUserPolicy', 'iam:AttachRolePolicy', 'iam:AttachGroupPolicy', 'iam:PutUserPolicy', 'iam:PutRolePolicy',
        'iam:PutGroupPolicy', 'iam:AddUserToGroup', 'iam:UpdateAssumeRolePolicy', 'iam:CreatePolicyVersion',
        'iam:SetDefaultPolicyVersion', 'iam:DeactivateMFADevice', 'iam:DeleteRolePermissionsBoundary',
        'iam:DeleteUserPermissionsBoundary', 'iam:CreateServiceSpecificCredential', 'iam:UploadSSHPublicKey',
        'iam:CreateOpenIDConnectProvider', 'iam:UpdateOpenIDConnectProviderThumbprint', 'iam:CreateSAMLProvider',
        'iam:UpdateSAMLProvider', 'iam:AddClientIDToOpenIDConnectProvider', 'iam:UpdateSSHPublicKey',
        'iam:ResetServiceSpecificCredential', 'iam:UpdateServiceSpecificCredential', 'iam:ChangePassword',
        'iam:EnableMFADevice', 'rolesanywhere:CreateTrustAnchor', 'rolesanywhere:UpdateTrustAnchor',
        'rolesanywhere:CreateProfile', 'sso:CreateAccountAssignment', 'sso:PutInlinePolicyToPermissionSet',
        'sso:AttachManagedPolicyToPermissionSet', 'sso:AttachCustomerManagedPolicyReferenceToPermissionSet',
        'bedrock-agentcore:CreateApiKeyCredentialProvider', 'bedrock-agentcore:UpdateApiKeyCredentialProvider',
        'bedrock-agentcore:CreateOauth2CredentialProvider', 'bedrock-agentcore:UpdateOauth2CredentialProvider',
        'secretsmanager:PutSecretValue', 'kms:CreateGrant', 'kms:PutKeyPolicy')),
    line AS (
      SELECT DISTINCT credential AS start, credential AS key, 0 AS step FROM hit WHERE credential IS NOT NULL
      UNION
      SELECT l.start, i.issued_from, l.step + 1 FROM line l JOIN key_life i ON i.key = l.key
      WHERE i.issued_from IS NOT NULL AND l.step < 4),
    agent_key AS (
      SELECT DISTINCT e.credential AS key, s.id AS session, s.short, s.agent, s.actor, coalesce(s.human_name, s.human) AS name
      FROM alike e JOIN session_key k ON k.local = e.session JOIN session s ON s.id = k.session
      WHERE s.kind = 'AGENT' AND e.credential IN (SELECT key FROM line)),
    through AS (
      SELECT l.start AS key, arg_min(a.session, (l.step, a.session)) AS session, min(l.step) AS step
      FROM line l JOIN agent_key a ON a.key = l.key GROUP BY l.start),
    owned AS (
      SELECT h.*, coalesce(own.id, t.session) AS agent_session, CASE WHEN own.id IS NULL THEN t.step ELSE 0 END AS step
      FROM hit h LEFT JOIN session own ON own.id = h.whole AND own.kind = 'AGENT' LEFT JOIN through t ON t.key = h.credential
      WHERE own.id IS NOT NULL OR t.session IS NOT NULL)
    SELECT s.id, s.short, coalesce(s.human_name, s.human, ''), coalesce(s.agent, s.actor, ''), count(*),
           first(o.id ORDER BY o.ts, o.id), array_to_string(list_sort(list(DISTINCT o.action)), ', '),
           array_to_string(list_slice(list(o.id::VARCHAR ORDER BY o.ts, o.id), 1, 10), ' '), max(o.step),
           first(coalesce(o.resource, '') ORDER BY o.ts, o.id)
    FROM owned o JOIN session s ON s.id = o.agent_session GROUP BY ALL ORDER BY count(*) DESC, s.id LIMIT 10";

fn make(row: &Row) -> Found {
    let steps = row.count(8);
    let through = match steps {
        0 => String::new(),
        1 => " Some were made with a key that the session issued.".to_owned(),
        _ => format!(" Some were made with a key {steps} steps on from the session."),
    };
    Found {
        score: 76,
        weight: "credential change by an agent 76".to_owned(),
        kind: "session",
        title: row.text(1),
        detail: spaced(&[&short(&row.text(2)), &short(&row.text(3)), &short(&row.text(9))]),
        why: "credential change by an agent".to_owned(),
        reason: format!("{} succeeded: {}.{through}", counted(row.count(4), "call"), row.text(6)),
        filter: term("session", &row.text(0)),
        event: row.maybe_text(5),
        evidence: row.text(7),
    }
}
