//! The API door's shapes: errors, identifiers, the model tables and their validator.

pub mod error;

pub use error::ApiError;
