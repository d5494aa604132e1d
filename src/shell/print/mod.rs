//! Answers as the AWS CLI prints them.

mod json;
mod table;
mod text;
mod yaml;

pub use json::{compact, pretty};
pub use table::table;
pub use text::text;
pub use yaml::yaml;
