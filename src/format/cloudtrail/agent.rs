//! Which agent product made the call, read from the user agent and the service that forwarded it.
//! A user agent is a client's claim and is marked as asserted; a forwarding service is observed.

use std::borrow::Cow;

use crate::model::{Event, Trust};

use super::facts::Facts;
use super::identity::{cut, is_agent_service, is_agentcore_session};

/// A client as its user agent names it.
#[derive(Debug, PartialEq, Eq)]
struct Claim<'r> {
    /// Product name without version.
    agent: Cow<'r, str>,
    /// `name/version` as far as given.
    client: Option<Cow<'r, str>>,
}

/// Fills agent, its trust and the client.
pub(crate) fn read<'r>(event: &mut Event<'r>, facts: &Facts<'r>) {
    let claim =
        event.user_agent.as_ref().and_then(|user_agent| claim(user_agent, facts.is_mcp_event()));
    if let Some(claim) = claim {
        event.client = claim.client;
        if event.agent.is_none() {
            event.agent = Some(claim.agent);
            event.agent_trust = Some(Trust::Asserted);
        }
    }
    if event.agent.is_some() {
        return;
    }
    let forwarder = event.invoked_by.clone().filter(|_| event.actor != event.invoked_by);
    if let Some(service) = forwarder.filter(|service| is_agent_service(service)) {
        event.agent = cut(&service, |name| name.strip_suffix(".amazonaws.com"));
        event.agent_trust = Some(Trust::Observed);
    } else if event.role_session.as_deref().is_some_and(is_agentcore_session)
        && let Some(role) =
            event.actor.as_ref().and_then(|arn| cut(arn, |text| text.rsplit('/').next()))
    {
        event.agent = Some(role);
        event.agent_trust = Some(Trust::Derived);
    }
}

fn claim<'r>(user_agent: &Cow<'r, str>, is_mcp_event: bool) -> Option<Claim<'r>> {
    match user_agent {
        Cow::Borrowed(text) => claim_of(text, is_mcp_event),
        Cow::Owned(text) => claim_of(text, is_mcp_event).map(|claim| Claim {
            agent: Cow::Owned(claim.agent.into_owned()),
            client: claim.client.map(|client| Cow::Owned(client.into_owned())),
        }),
    }
}

fn claim_of(text: &str, is_mcp_event: bool) -> Option<Claim<'_>> {
    proxy(text)
        .or_else(|| mcp_client(text))
        .or_else(|| aws_labs_server(text))
        .or_else(|| amazon_q(text))
        .or_else(|| if is_mcp_event { real_client(text) } else { None })
}

/// `python-httpx/X mcp-proxy-for-aws/Y [client/version]`: the client behind the proxy, else the proxy.
fn proxy(text: &str) -> Option<Claim<'_>> {
    let at = memchr::memmem::find(text.as_bytes(), b"mcp-proxy-for-aws/")?;
    let mut words = text.get(at..)?.split_ascii_whitespace();
    let proxy = words.next()?;
    product(words.next().unwrap_or(proxy))
}

/// `MCPClient/<client>#<version>`, which the AWS API server adds.
fn mcp_client(text: &str) -> Option<Claim<'_>> {
    let at = memchr::memmem::find(text.as_bytes(), b"MCPClient/")?;
    let word = text.get(at..)?.split_ascii_whitespace().next()?.strip_prefix("MCPClient/")?;
    let (agent, version) = word.split_once('#').unwrap_or((word, ""));
    named(agent, version)
}

/// `md/awslabs#mcp#<server>#<version>` and its variants.
fn aws_labs_server(text: &str) -> Option<Claim<'_>> {
    // The short needle first: nearly every user agent ends the search here.
    memchr::memmem::find(text.as_bytes(), b"mcp")?;
    text.split_ascii_whitespace().find_map(|word| {
        let rest =
            word.strip_prefix("md/awslabs#mcp#").or_else(|| word.strip_prefix("awslabs/mcp/"));
        if let Some(rest) = rest {
            let (server, version) = rest.split_once(['#', '/']).unwrap_or((rest, ""));
            return named(server, version);
        }
        let is_exception = word.starts_with("awslabs.cloudwatch-applicationsignals-mcp-server/")
            || word.starts_with("agentcore-mcp-server/");
        if is_exception { product(word) } else { None }
    })
}

/// `exec-env/AmazonQ-For-CLI-Version-<version>`: Amazon Q CLI or Kiro CLI running a tool.
fn amazon_q(text: &str) -> Option<Claim<'_>> {
    let at = memchr::memmem::find(text.as_bytes(), b"exec-env/AmazonQ-For-CLI")?;
    let word = text.get(at..)?.split_ascii_whitespace().next()?;
    let version = word.rsplit_once("-Version-").map_or("", |(_, version)| version);
    named("AmazonQ-For-CLI", version)
}

/// The managed MCP servers log the user agent of the client itself: `claude-code/2.1.202 (cli)`.
fn real_client(text: &str) -> Option<Claim<'_>> {
    product(text.split_ascii_whitespace().next()?)
}

fn product(word: &str) -> Option<Claim<'_>> {
    let (agent, version) = word.split_once('/').unwrap_or((word, ""));
    if agent.is_empty() {
        return None;
    }
    Some(Claim {
        agent: Cow::Borrowed(agent),
        client: (!version.is_empty()).then_some(Cow::Borrowed(word)),
    })
}

fn named<'r>(agent: &'r str, version: &str) -> Option<Claim<'r>> {
    if agent.is_empty() {
        return None;
    }
    let client = if version.is_empty() {
        Cow::Borrowed(agent)
    } else {
        Cow::Owned(format!("{agent}/{version}"))
    };
    Some(Claim { agent: Cow::Borrowed(agent), client: Some(client) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(text: &str, is_mcp_event: bool) -> Option<(String, Option<String>)> {
        let claim = claim_of(text, is_mcp_event)?;
        Some((claim.agent.into_owned(), claim.client.map(Cow::into_owned)))
    }

    #[test]
    fn markers_name_the_agent_and_its_version() {
        for (text, agent, client) in [
            (
                "python-httpx/0.28.1 mcp-proxy-for-aws/1.6.4 cursor-vscode/1.0.0",
                "cursor-vscode",
                "cursor-vscode/1.0.0",
            ),
            (
                "python-httpx/0.28.1 mcp-proxy-for-aws/1.6.4",
                "mcp-proxy-for-aws",
                "mcp-proxy-for-aws/1.6.4",
            ),
            (
                "Boto3/1.4 md/awslabs#mcp#iam-mcp-server#1.0.9",
                "iam-mcp-server",
                "iam-mcp-server/1.0.9",
            ),
            ("Boto3/1.4 md/awslabs#mcp#eks-mcp-server/1.0", "eks-mcp-server", "eks-mcp-server/1.0"),
            ("Boto3/1.4 awslabs/mcp/mysql/2.0", "mysql", "mysql/2.0"),
            (
                "md/awslabs#mcp#aws-api-mcp-server#1.3 md/via/x MCPClient/kiro#9.1 cfg/ro#0",
                "kiro",
                "kiro/9.1",
            ),
            (
                "aws-cli/2.34 exec-env/AmazonQ-For-CLI-Version-1.19.2 x",
                "AmazonQ-For-CLI",
                "AmazonQ-For-CLI/1.19.2",
            ),
        ] {
            assert_eq!(
                both(text, false),
                Some((agent.to_owned(), Some(client.to_owned()))),
                "{text}"
            );
        }
    }

    #[test]
    fn ordinary_clients_are_no_agents_except_on_tool_events() {
        assert_eq!(both("aws-cli/2.34.30 md/command#s3.ls", false), None);
        assert_eq!(both("claude-code/2.1.202 (cli)", false), None);
        assert_eq!(
            both("claude-code/2.1.202 (cli)", true),
            Some(("claude-code".to_owned(), Some("claude-code/2.1.202".to_owned())))
        );
    }
}
