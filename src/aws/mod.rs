//! The API door's shapes: errors, identifiers, the model tables and their validator.

pub mod arn;
pub mod check;
pub mod error;
pub mod import;
pub mod json;
pub mod model;
pub mod object;
pub mod page;
pub mod wire;
pub mod yaml;

pub use arn::{Account, Arn};
pub use error::ApiError;
