//! Ordinary tool calls of agents, shared by all sessions.

use serde_json::json;

use crate::api::Call;
use crate::identity::{ACCOUNT, Identity};
use crate::moment::Moment;
use crate::operations::{self, FINANCE};
use crate::random::Random;
use crate::session::{Ends, ToolCall};

/// Returns a call of a tool on its own ordinary business.
pub(crate) fn ordinary(name: &'static str, at: Moment, random: &mut Random) -> ToolCall {
    let took = random.between(240, 900);
    match name {
        "s3_get" => {
            let key = operations::object_key(FINANCE, random);
            read(at, FINANCE, &key, random)
        }
        "s3_list" => {
            let bucket = random.pick(&[FINANCE, "acme-orders-archive"]);
            ToolCall {
                at,
                tool: name,
                arguments: json!({ "bucket": bucket, "prefix": "2026/" }),
                resource: format!("arn:aws:s3:::{bucket}"),
                took,
                ends: Ends::Done {
                    call: operations::on_bucket("ListObjects", bucket, random),
                    output: json!({ "KeyCount": random.between(3, 90), "IsTruncated": false }),
                },
                trace: "",
            }
        }
        "iam_get_role" => about_role(at, "ci-deploy", took),
        "cost_report" => ToolCall {
            at,
            tool: name,
            arguments: json!({ "from": "2026-06-01", "to": "2026-07-01", "group_by": "SERVICE" }),
            resource: "cost and usage".to_owned(),
            took,
            ends: Ends::Done {
                call: Call::new("ce", "GetCostAndUsage").request(json!({
                    "timePeriod": { "start": "2026-06-01", "end": "2026-07-01" },
                    "granularity": "MONTHLY",
                })),
                output: json!({ "Groups": random.between(9, 30) }),
            },
            trace: "",
        },
        _ => ToolCall {
            at,
            tool: "ec2_describe",
            arguments: json!({ "filters": { "tag:team": "platform" } }),
            resource: "instances".to_owned(),
            took,
            ends: Ends::Done {
                call: operations::call("ec2:DescribeInstances", random),
                output: json!({ "Reservations": random.between(1, 12) }),
            },
            trace: "",
        },
    }
}

/// Returns the reading of one object through the tool `s3_get`.
pub(crate) fn read(at: Moment, bucket: &str, key: &str, random: &mut Random) -> ToolCall {
    let n_bytes = random.between(2_000, 900_000);
    ToolCall {
        at,
        tool: "s3_get",
        arguments: json!({ "bucket": bucket, "key": key }),
        resource: format!("arn:aws:s3:::{bucket}/{key}"),
        took: 495,
        ends: Ends::Done {
            call: operations::object("GetObject", bucket, key, random),
            output: json!({ "ContentType": "text/csv", "ContentLength": n_bytes }),
        },
        trace: "",
    }
}

/// Returns the reading of a role through the tool `iam_get_role`.
pub(crate) fn about_role(at: Moment, role: &str, took: i64) -> ToolCall {
    let arn = format!("arn:aws:iam::{ACCOUNT}:role/{role}");
    ToolCall {
        at,
        tool: "iam_get_role",
        arguments: json!({ "role": arn }),
        resource: arn.clone(),
        took,
        ends: Ends::Done {
            call: Call::new("iam", "GetRole").request(json!({ "roleName": role })),
            output: json!({ "Role": { "RoleName": role, "Arn": arn } }),
        },
        trace: "",
    }
}

/// Returns a write that the policy refuses.
pub(crate) fn refused_write(at: Moment, bucket: &str) -> ToolCall {
    ToolCall {
        at,
        tool: "s3_put",
        arguments: json!({ "bucket": bucket, "key": "notes/summary.md", "bytes": 2_114 }),
        resource: format!("arn:aws:s3:::{bucket}/notes/summary.md"),
        took: 130,
        ends: Ends::Refused { policy: "#9", reason: "agents don't write to shared buckets" },
        trace: "",
    }
}

/// Returns a read that AWS itself refuses.
pub(crate) fn refused_by_aws(at: Moment, who: &Identity, random: &mut Random) -> ToolCall {
    let (bucket, key) = ("acme-payroll-vault", "2026/salaries.csv");
    let arn = format!("arn:aws:s3:::{bucket}/{key}");
    ToolCall {
        at,
        tool: "s3_get",
        arguments: json!({ "bucket": bucket, "key": key }),
        resource: arn.clone(),
        took: 410,
        ends: Ends::Broken {
            call: operations::object("GetObject", bucket, key, random).refused(who, &arn),
            code: "AccessDenied",
        },
        trace: "",
    }
}
