//! One AWS API call and the CloudTrail record it leaves (record contents, event version 1.11).

use serde_json::{Map, Value, json};

use crate::identity::{ACCOUNT, Identity};
use crate::moment::Moment;

/// Region of nearly everything in the story.
pub(crate) const HOME: &str = "us-east-1";

/// What was called and what came of it.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) service: String,
    pub(crate) name: String,
    pub(crate) region: &'static str,
    pub(crate) is_data: bool,
    event_type: &'static str,
    request: Value,
    response: Value,
    extra: Value,
    resources: Vec<Value>,
    fault: Option<(String, String)>,
    members: Vec<(&'static str, Value)>,
}

/// The ids of one record.
#[derive(Debug, Clone)]
pub(crate) struct Ids {
    pub(crate) event: String,
    pub(crate) request: String,
}

impl Call {
    /// Starts a call of a management API in the home region.
    pub(crate) fn new(service: &str, name: &str) -> Self {
        Self {
            service: service.to_owned(),
            name: name.to_owned(),
            region: HOME,
            is_data: false,
            event_type: "AwsApiCall",
            request: Value::Null,
            response: Value::Null,
            extra: Value::Null,
            resources: Vec::new(),
            fault: None,
            members: Vec::new(),
        }
    }

    /// Makes it a data event.
    pub(crate) const fn data(mut self) -> Self {
        self.is_data = true;
        self
    }

    /// Sets the region.
    pub(crate) const fn region(mut self, region: &'static str) -> Self {
        self.region = region;
        self
    }

    /// Sets the event type.
    pub(crate) const fn event_type(mut self, event_type: &'static str) -> Self {
        self.event_type = event_type;
        self
    }

    /// Sets `requestParameters`.
    pub(crate) fn request(mut self, request: Value) -> Self {
        self.request = request;
        self
    }

    /// Sets `responseElements`.
    pub(crate) fn response(mut self, response: Value) -> Self {
        self.response = response;
        self
    }

    /// Sets `additionalEventData`.
    pub(crate) fn extra(mut self, extra: Value) -> Self {
        self.extra = extra;
        self
    }

    /// Adds an entry to `resources`.
    pub(crate) fn resource(mut self, kind: &str, arn: &str) -> Self {
        self.resources.push(json!({ "accountId": ACCOUNT, "type": kind, "ARN": arn }));
        self
    }

    /// Makes it fail.
    pub(crate) fn fails(mut self, code: &str, message: &str) -> Self {
        self.fault = Some((code.to_owned(), message.to_owned()));
        self.response = Value::Null;
        self
    }

    /// Makes it refused for want of a permission.
    pub(crate) fn refused(self, who: &Identity, on: &str) -> Self {
        let message = format!(
            "User: {} is not authorized to perform: {}:{} on resource: {on} because no identity-based policy allows the {}:{} action",
            who.arn(),
            self.service,
            self.name,
            self.service,
            self.name
        );
        // EC2 has its own word for the same refusal.
        let code =
            if self.service == "ec2" { "Client.UnauthorizedOperation" } else { "AccessDenied" };
        self.fails(code, &message)
    }

    /// Adds a member that few records have.
    pub(crate) fn member(mut self, key: &'static str, value: Value) -> Self {
        self.members.push((key, value));
        self
    }

    /// Returns the CloudTrail record of this call by `who`.
    pub(crate) fn record(&self, who: &Identity, at: Moment, ids: &Ids) -> Value {
        let mut record = Map::new();
        let mut put = |key: &str, value: Value| {
            record.insert(key.to_owned(), value);
        };
        put("eventVersion", json!("1.11"));
        put("userIdentity", who.user.clone());
        put("eventTime", json!(at.seconds()));
        put("eventSource", json!(format!("{}.amazonaws.com", self.service)));
        put("eventName", json!(self.name));
        put("awsRegion", json!(self.region));
        put("sourceIPAddress", json!(who.address));
        put("userAgent", json!(self.user_agent(who)));
        if let Some((code, message)) = &self.fault {
            put("errorCode", json!(code));
            put("errorMessage", json!(message));
        }
        put("requestParameters", self.request.clone());
        put("responseElements", self.response.clone());
        if !self.extra.is_null() {
            put("additionalEventData", self.extra.clone());
        }
        if self.event_type != "AwsConsoleSignIn" {
            put("requestID", json!(ids.request));
        }
        put("eventID", json!(ids.event));
        put("readOnly", json!(self.is_read_only()));
        if !self.resources.is_empty() {
            put("resources", json!(self.resources));
        }
        put("eventType", json!(self.event_type));
        put("managementEvent", json!(!self.is_data));
        put("recipientAccountId", json!(ACCOUNT));
        for (key, value) in &self.members {
            put(key, value.clone());
        }
        put("eventCategory", json!(if self.is_data { "Data" } else { "Management" }));
        if who.address.starts_with(|first: char| first.is_ascii_digit()) {
            put("tlsDetails", self.tls());
        }
        if who.console {
            put("sessionCredentialFromConsole", json!("true"));
        }
        Value::Object(record)
    }

    fn is_read_only(&self) -> bool {
        const READS: [&str; 11] = [
            "Get",
            "List",
            "Describe",
            "Head",
            "Lookup",
            "Decrypt",
            "AssumeRole",
            "BatchGet",
            "Query",
            "Scan",
            "Search",
        ];
        READS.iter().any(|prefix| self.name.starts_with(prefix))
    }

    /// S3 writes the user agent in brackets; nobody else does.
    fn user_agent(&self, who: &Identity) -> String {
        let is_service = who.user_agent.ends_with(".amazonaws.com");
        if self.service == "s3" && !is_service {
            format!("[{}]", who.user_agent)
        } else {
            who.user_agent.clone()
        }
    }

    fn tls(&self) -> Value {
        let host = match self.service.as_str() {
            "iam" => "iam.amazonaws.com".to_owned(),
            "signin" => format!("{}.signin.aws.amazon.com", self.region),
            "bedrock" => format!("bedrock-runtime.{}.amazonaws.com", self.region),
            service => format!("{service}.{}.amazonaws.com", self.region),
        };
        json!({
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": host,
            "keyExchange": "X25519MLKEM768",
        })
    }
}
