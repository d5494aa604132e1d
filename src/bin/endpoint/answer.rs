//! What goes back over the wire.

use ecs_lab::aws::{ApiError, wire::code};
use serde_json::{Value, json};

use crate::wire;

/// An HTTP answer.
pub struct Answer {
    pub status: u16,
    pub content_type: &'static str,
    pub request_id: String,
    /// The error's code in the Query protocol, for clients that ask for it in JSON (`x-amzn-query-error`).
    pub query_error: Option<String>,
    pub body: Vec<u8>,
}

/// The content type of AWS JSON 1.1.
pub const JSON: &str = "application/x-amz-json-1.1";

impl Answer {
    /// An answer outside of any protocol.
    pub fn plain(status: u16, text: &str, id: String) -> Self {
        let content_type = "text/plain; charset=utf-8";
        Self { status, content_type, request_id: id, query_error: None, body: text.into() }
    }

    /// An answer of the lab's own paths.
    pub fn lab(result: Result<Value, ApiError>, id: String) -> Self {
        Self::json(result, id, "", false)
    }

    /// An answer of AWS JSON 1.1.
    pub fn json(result: Result<Value, ApiError>, id: String, service: &str, query_mode: bool) -> Self {
        let (status, value, query_error) = match result {
            Ok(value) if value.is_null() => (200, json!({}), None),
            Ok(value) => (200, value, None),
            Err(error) => {
                let code = code(&error, service);
                // What has its code from the older protocol goes by the name of its shape.
                let own = wire::of(service).and_then(|wire| wire.refusal(code));
                let (shape, fault) = own.map_or((code, "Sender"), |own| (own.shape, own.fault));
                let query_error = (query_mode && wire::of(service).is_some()).then(|| format!("{code};{fault}"));
                let member = if service == "application-autoscaling" { "Message" } else { "message" };
                (400, json!({ "__type": shape, member: error.message }), query_error)
            }
        };
        Self { status, content_type: JSON, request_id: id, query_error, body: value.to_string().into_bytes() }
    }
}
