//! The lab as its users drive it: commands in, answers and facts out.

mod agent;
mod cache;
mod external;
mod history;
mod hostile;
mod life;
mod overrides;
mod platforms;
mod repair;
mod rules;
mod run_task;
mod start_task;
mod support;
mod trunk;
