//! What goes back over the wire.

use ecs_lab::aws::ApiError;
use serde_json::{Value, json};

/// An HTTP answer.
pub struct Answer {
    pub status: u16,
    pub content_type: &'static str,
    pub request_id: String,
    pub body: Vec<u8>,
}

/// The content type of AWS JSON 1.1.
pub const JSON: &str = "application/x-amz-json-1.1";

impl Answer {
    /// An answer outside of any protocol.
    pub fn plain(status: u16, text: &str) -> Self {
        Self { status, content_type: "text/plain; charset=utf-8", request_id: String::new(), body: text.into() }
    }

    /// An answer of AWS JSON 1.1.
    pub fn json(result: Result<Value, ApiError>, request_id: String) -> Self {
        let (status, value) = match result {
            Ok(value) if value.is_null() => (200, json!({})),
            Ok(value) => (200, value),
            Err(error) => (400, json!({ "__type": code(&error), "message": error.message })),
        };
        Self { status, content_type: JSON, request_id, body: value.to_string().into_bytes() }
    }
}

/// The error's name on the wire: what only a command line would have found is the service's to refuse here.
pub fn code(error: &ApiError) -> &str {
    if error.code == "ParamValidation" { "InvalidParameterException" } else { &error.code }
}
