//! The lab as its users drive it: commands in, answers and facts out.

mod agent;
mod agent_calls;
mod arguments;
mod bad_input;
mod cache;
mod clusters;
mod containers;
mod definitions;
mod external;
mod faults;
mod history;
mod hostile;
mod images;
mod life;
mod model;
mod platforms;
mod providers;
mod registration;
mod repair;
mod rules;
mod run_task;
mod start_task;
mod strict;
mod support;
mod tags;
mod trunk;
