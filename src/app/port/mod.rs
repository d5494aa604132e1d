//! The edge to the browser: the only files that call its APIs.

pub mod address;
pub mod clipboard;
pub mod clock;
pub mod crash;
pub mod fetch;
pub mod files;
pub mod page;
pub mod storage;
pub mod views;
pub mod watch;
