//! The lab as its users drive it: commands in, answers and facts out.

mod agent;
mod agent_calls;
mod arguments;
mod bad_input;
mod cache;
mod clusters;
mod definitions;
mod external;
mod history;
mod hostile;
mod life;
mod platforms;
mod providers;
mod repair;
mod rules;
mod run_task;
mod start_task;
mod strict;
mod support;
mod tags;
mod trunk;
