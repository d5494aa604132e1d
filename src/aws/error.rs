//! What the door answers when it refuses.

use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;

/// A refusal in the words of the service: the error code and the message that AWS sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// The error's name on the wire, such as `ClientException`.
    pub code: Cow<'static, str>,
    /// The text AWS gives.
    pub message: String,
    /// Where in the input the fault lies, as `containerDefinitions[0].memory`; empty when it is the whole request.
    /// AWS does not send it; the lab shows it at the field.
    pub path: String,
    /// Whether the wording is the lab's own because AWS publishes none.
    pub ours: bool,
}

impl ApiError {
    /// A refusal with AWS's own text.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self::of(code, message.into())
    }

    // Out of line, as what follows: an error is eleven words long, and there are hundreds of refusals.
    #[inline(never)]
    fn of(code: &'static str, message: String) -> Self {
        Self { code: Cow::Borrowed(code), message, path: String::new(), ours: false }
    }

    /// `ClientException`: these errors are usually caused by a client action.
    pub fn client(message: impl Into<String>) -> Self {
        Self::new("ClientException", message)
    }

    /// `InvalidParameterException`: a parameter is not valid.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new("InvalidParameterException", message)
    }

    /// AWS has it, the lab does not (design.md invariant 6).
    pub fn not_simulated(what: &str) -> Self {
        Self::new("UnsupportedFeatureException", alloc::format!("ECS Lab does not simulate {what}.")).in_our_words()
    }

    /// Names the member at fault.
    pub fn at(self, path: impl Into<String>) -> Self {
        self.with_path(path.into())
    }

    #[inline(never)]
    fn with_path(mut self, path: String) -> Self {
        self.path = path;
        self
    }

    /// Marks the wording as the lab's own (an `UNDOC→` rule of the reference).
    #[inline(never)]
    pub fn in_our_words(mut self) -> Self {
        self.ours = true;
        self
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.code, self.message)
    }
}
