//! The lab as its users drive it: commands in, answers and facts out.

mod history;
mod life;
mod run_task;
mod support;
