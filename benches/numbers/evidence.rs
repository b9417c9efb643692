//! Evidence for the measurements: the generated sets, a folder of very many small files, and one long session.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::options::{Bench, text};

/// Files in the folder of small ones.
pub(crate) const N_SMALL_FILES: usize = 100_000;
/// Calls in the long session. Each has a request, an answer, and what happened: three steps.
pub(crate) const N_CALLS: usize = 3_334;

/// Makes the set's evidence, unless it is there.
pub(crate) fn generate(bench: &Bench) -> Result<()> {
    if bench.evidence.join("MANIFEST.toml").exists() {
        return Ok(());
    }
    // This program lies in `deps`, examples lie beside that folder.
    let own = std::env::current_exe()?;
    let profile = own.parent().and_then(Path::parent).context("no folder of examples")?;
    let generator = profile.join("examples/generate_events");
    if !generator.exists() {
        bail!("build the generator first: cargo build --release --example generate_events");
    }
    let events = bench.set.records().to_string();
    let status = Command::new(generator)
        .args(["--events", &events, "--out", &text(&bench.evidence)])
        .status()?;
    if !status.success() {
        bail!("the generator failed");
    }
    Ok(())
}

/// Returns a folder of files with one record each.
pub(crate) fn small_files(bench: &Bench) -> Result<PathBuf> {
    let folder = bench.work.join("small-files");
    let complete = bench.work.join("small-files.complete");
    if complete.exists() {
        return Ok(folder);
    }
    let mut record = String::new();
    for file in 0..N_SMALL_FILES {
        let below = folder.join(format!("{:03}", file / 250));
        if file % 250 == 0 {
            fs::create_dir_all(&below)?;
        }
        record.clear();
        record.push_str("{\"Records\":[");
        happened(&mut record, file)?;
        record.push_str("]}");
        fs::write(below.join(format!("{file}.json")), &record)?;
    }
    fs::write(complete, "")?;
    Ok(folder)
}

/// Returns a folder with one session of about ten thousand steps: requests and answers at the protocol, and the calls
/// that they caused in the cloud, joined by request ids.
pub(crate) fn long_session(bench: &Bench) -> Result<PathBuf> {
    let folder = bench.work.join("long-session");
    fs::create_dir_all(&folder)?;
    let (mut wire, mut trail) = (String::new(), String::from("{\"Records\":["));
    for call in 0..N_CALLS {
        if call > 0 {
            trail.push(',');
        }
        happened(&mut trail, call)?;
        let stamp = stamp(call);
        let message = format!(
            "{{\"jsonrpc\":\"2.0\",\"id\":{call},\"method\":\"tools/call\",\"params\":{{\"name\":\"s3_get\",\"arguments\":{{\"bucket\":\"data-{}\"}}}}}}",
            call % 40
        );
        envelope(&mut wire, &format!("{stamp}.100"), "client_to_server", &message)?;
        let message = format!(
            "{{\"jsonrpc\":\"2.0\",\"id\":{call},\"result\":{{\"content\":[{{\"type\":\"text\",\"text\":\"done\"}}],\"structuredContent\":{{\"ResponseMetadata\":{{\"RequestId\":\"{}\",\"HTTPStatusCode\":200}}}},\"isError\":false}}}}",
            request(call)
        );
        envelope(&mut wire, &format!("{stamp}.900"), "server_to_client", &message)?;
    }
    trail.push_str("]}");
    fs::write(folder.join("wire.jsonl"), wire)?;
    fs::write(folder.join("trail.json"), trail)?;
    Ok(folder)
}

fn envelope(out: &mut String, stamp: &str, direction: &str, message: &str) -> Result<()> {
    Ok(writeln!(
        out,
        "{{\"timestamp\":\"{stamp}Z\",\"direction\":\"{direction}\",\"server\":\"aws-admin\",\"transport\":\"streamable-http\",\"headers\":{{\"Mcp-Session-Id\":\"5b2f3f0e-0000-4000-8000-000000000001\",\"MCP-Protocol-Version\":\"2025-06-18\"}},\"message\":{message}}}"
    )?)
}

/// Appends the CloudTrail record of a call.
fn happened(out: &mut String, call: usize) -> Result<()> {
    let (stamp, request) = (stamp(call), request(call));
    Ok(write!(
        out,
        "{{\"eventVersion\":\"1.11\",\"userIdentity\":{{\"type\":\"IAMUser\",\"principalId\":\"AIDAEXAMPLE000000001\",\"arn\":\"arn:aws:iam::111122223333:user/agent\",\"accountId\":\"111122223333\",\"accessKeyId\":\"AKIAEXAMPLE000000001\",\"userName\":\"agent\"}},\"eventTime\":\"{stamp}Z\",\"eventSource\":\"s3.amazonaws.com\",\"eventName\":\"GetObject\",\"awsRegion\":\"eu-west-1\",\"sourceIPAddress\":\"203.0.113.7\",\"userAgent\":\"aws-sdk\",\"requestParameters\":{{\"bucketName\":\"data-{}\"}},\"responseElements\":null,\"requestID\":\"{request}\",\"eventID\":\"00000000-0000-4000-8000-{call:012}\",\"readOnly\":true,\"eventType\":\"AwsApiCall\",\"managementEvent\":false,\"recipientAccountId\":\"111122223333\",\"eventCategory\":\"Data\"}}",
        call % 40
    )?)
}

fn request(call: usize) -> String {
    format!("11111111-1111-4111-8111-{call:012}")
}

/// Returns the second of a call, six seconds after the one before.
fn stamp(call: usize) -> String {
    let second = call * 6;
    let (day, second) = (1 + second / 86_400, second % 86_400);
    format!("2026-06-{day:02}T{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)
}
