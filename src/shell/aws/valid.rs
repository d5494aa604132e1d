//! What botocore finds before it sends, in its words.

use super::Generation;
use super::call::Asked;
use super::fail::Fail;
use super::ordered;
use crate::aws::check::{self, Fault, InputError};
use crate::aws::model::Operation;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// What botocore finds before it sends.
///
/// # Errors
/// All of it, one on a line.
pub(super) fn valid(operation: &Operation, input: &Value) -> Result<(), Fail> {
    all_valid(operation, input, &|fault| fault.to_string())
}

impl Asked {
    /// The same of what a command line asks for.
    ///
    /// # Errors
    /// All of it, one on a line.
    pub(super) fn valid(&self, operation: &Operation, generation: Generation) -> Result<(), Fail> {
        all_valid(operation, &self.input, &|fault| {
            let (told, member) = (fault.to_string(), fault.path.split(['.', '[']).next().unwrap_or_default());
            match &fault.kind {
                Fault::WrongType { got, .. } if self.ordered.contains(&member) => ordered::told(&told, got, generation),
                _ => told,
            }
        })
    }
}

fn all_valid(operation: &Operation, input: &Value, tell: &dyn Fn(&InputError) -> String) -> Result<(), Fail> {
    let faults = check::check(operation, input);
    let told: Vec<String> = faults.iter().filter(|fault| fault.client_side()).map(tell).collect();
    if told.is_empty() {
        return Ok(());
    }
    Err(Fail::Validation(format!("Parameter validation failed:\n{}", told.join("\n"))))
}
