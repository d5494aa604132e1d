//! The lab as its users drive it: commands in, answers and facts out.

mod agent;
mod cache;
mod containers;
mod external;
mod faults;
mod history;
mod hostile;
mod images;
mod life;
mod model;
mod platforms;
mod registration;
mod repair;
mod rules;
mod run_task;
mod start_task;
mod support;
mod trunk;
