//! The people, roles and services of the account, as CloudTrail writes them into `userIdentity`.

use serde_json::{Value, json};

use crate::moment::Moment;

/// The one account of the story.
pub(crate) const ACCOUNT: &str = "111122223333";
/// User agent of the command line tool.
pub(crate) const CLI: &str = "aws-cli/2.31.4 md/awscrt#0.28.1 ua/2.1 os/linux#6.8.0 md/arch#x86_64 lang/python#3.13.4 md/pyimpl#CPython cfg/retry-mode#standard md/installer#exe md/prompt#off";
/// User agent of the browser.
pub(crate) const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36";
/// User agent of the MCP server `aws-admin`.
pub(crate) const MCP_SERVER: &str = "Boto3/1.43.11 md/Botocore#1.43.11 md/awslabs#mcp#aws-admin#1.4.2 ua/2.1 os/linux#6.8.0 md/arch#x86_64 lang/python#3.13.4";
/// User agent of code in Lambda functions.
pub(crate) const LAMBDA: &str = "Boto3/1.43.11 md/Botocore#1.43.11 ua/2.1 os/linux#5.10.245 lang/python#3.13.4 exec-env/AWS_Lambda_python3.13";
/// User agent of the agent on instances.
pub(crate) const SSM_AGENT: &str = "aws-sdk-go-v2/1.39.2 os/linux lang/go#1.24.7 md/GOOS#linux md/GOARCH#amd64 amazon-ssm-agent/3.3.2299.0";

/// One caller: what goes into `userIdentity`, where it calls from and with which program.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) user: Value,
    pub(crate) address: String,
    pub(crate) user_agent: String,
    /// True for calls made by a browser session of the console.
    pub(crate) console: bool,
}

/// A person of the company.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) email: &'static str,
    /// User id in the identity store.
    pub(crate) store_id: &'static str,
    /// User id at the shell gateway; the MCP gateway's tokens name the person by address.
    pub(crate) subject: &'static str,
    pub(crate) address: &'static str,
    /// Permission set the person uses.
    pub(crate) set: &'static str,
}

pub(crate) const ALICE: Person = Person {
    email: "alice@corp.example",
    store_id: "a4e81f02-2001-70bb-8c00-0a11ce0a11ce",
    subject: "00u1example0alice001",
    address: "203.0.113.41",
    set: "PowerUser",
};
pub(crate) const BOB: Person = Person {
    email: "bob@corp.example",
    store_id: "a4e81f02-2002-70bb-8c00-0b0b0b0b0b0b",
    subject: "00u1example00bob0002",
    address: "203.0.113.52",
    set: "Operations",
};
pub(crate) const CAROL: Person = Person {
    email: "carol@corp.example",
    store_id: "a4e81f02-2003-70bb-8c00-0ca401ca4010",
    subject: "00u1example0carol003",
    address: "203.0.113.63",
    set: "Security",
};
pub(crate) const DANA: Person = Person {
    email: "dana@corp.example",
    store_id: "a4e81f02-2004-70bb-8c00-0da9ada9ada9",
    subject: "00u1example00dana004",
    address: "203.0.113.74",
    set: "ReadOnly",
};
pub(crate) const ERIN: Person = Person {
    email: "erin@corp.example",
    store_id: "a4e81f02-2005-70bb-8c00-0e419e419e41",
    subject: "00u1example00erin005",
    address: "203.0.113.85",
    set: "Finance",
};

impl Identity {
    /// Returns the same caller with another program.
    pub(crate) fn with_agent(mut self, user_agent: &str) -> Self {
        user_agent.clone_into(&mut self.user_agent);
        self
    }

    /// Returns the same caller at another address.
    pub(crate) fn calling_from(mut self, address: &str) -> Self {
        address.clone_into(&mut self.address);
        self
    }

    /// Returns the same caller with one more member of `userIdentity`.
    pub(crate) fn with(mut self, key: &str, value: Value) -> Self {
        self.user[key] = value;
        self
    }

    /// Returns the same caller with one more member of `userIdentity.sessionContext`.
    pub(crate) fn with_context(mut self, key: &str, value: Value) -> Self {
        self.user["sessionContext"][key] = value;
        self
    }

    /// Returns the same caller without a key id, as the console's own events have it.
    pub(crate) fn without_key(mut self) -> Self {
        if let Some(user) = self.user.as_object_mut() {
            user.shift_remove("accessKeyId");
        }
        self
    }

    /// Returns the same caller, seen through the console.
    pub(crate) fn in_console(mut self) -> Self {
        self.console = true;
        self.with_agent(BROWSER)
    }

    /// Returns the ARN of the caller, empty for services.
    pub(crate) fn arn(&self) -> &str {
        self.user["arn"].as_str().unwrap_or_default()
    }
}

/// Returns the stable part of a role's principal id.
pub(crate) fn role_id(role: &str) -> String {
    let letters: String = role.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("AROAEXAMPLE{:X<10.10}", letters.to_uppercase())
}

/// Returns a caller that assumed a role.
pub(crate) fn role(role: &str, session: &str, key: &str, since: Moment) -> Identity {
    role_below("", role, session, key, since)
}

fn role_below(path: &str, role: &str, session: &str, key: &str, since: Moment) -> Identity {
    let id = role_id(role);
    let user = json!({
        "type": "AssumedRole",
        "principalId": format!("{id}:{session}"),
        "arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{session}"),
        "accountId": ACCOUNT,
        "accessKeyId": key,
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": id,
                "arn": format!("arn:aws:iam::{ACCOUNT}:role/{path}{role}"),
                "accountId": ACCOUNT,
                "userName": role,
            },
            "attributes": { "creationDate": since.seconds(), "mfaAuthenticated": "false" },
        },
    });
    Identity { user, address: String::new(), user_agent: CLI.to_owned(), console: false }
}

/// Returns a person signed in through the identity center.
pub(crate) fn sso(person: &Person, key: &str, since: Moment) -> Identity {
    let role = format!("AWSReservedSSO_{}_0123456789abcdef", person.set);
    let path = "aws-reserved/sso.amazonaws.com/us-east-1/";
    role_below(path, &role, person.email, key, since)
        .with("onBehalfOf", on_behalf_of(person))
        .calling_from(person.address)
}

/// Returns the person as the identity center names it.
pub(crate) fn on_behalf_of(person: &Person) -> Value {
    json!({
        "userId": person.store_id,
        "identityStoreArn": format!("arn:aws:identitystore::{ACCOUNT}:identitystore/d-90example01"),
    })
}

/// Returns a person at the identity center itself, before any role.
pub(crate) fn center_user(person: &Person) -> Identity {
    let user = json!({
        "type": "IdentityCenterUser",
        "accountId": ACCOUNT,
        "onBehalfOf": on_behalf_of(person),
        "credentialId": format!("cred-{}", person.store_id),
    });
    let (address, user_agent) = (person.address.to_owned(), CLI.to_owned());
    Identity { user, address, user_agent, console: false }
}

/// Returns an IAM user with a long-lived key.
pub(crate) fn iam_user(name: &str, id: &str, key: &str, address: &str) -> Identity {
    let user = json!({
        "type": "IAMUser",
        "principalId": id,
        "arn": format!("arn:aws:iam::{ACCOUNT}:user/{name}"),
        "accountId": ACCOUNT,
        "accessKeyId": key,
        "userName": name,
    });
    Identity { user, address: address.to_owned(), user_agent: CLI.to_owned(), console: false }
}

/// Returns an AWS service acting for itself.
pub(crate) fn service(principal: &str) -> Identity {
    Identity {
        user: json!({ "type": "AWSService", "invokedBy": principal }),
        address: principal.to_owned(),
        user_agent: principal.to_owned(),
        console: false,
    }
}
