//! Services: the scheduler, deployments, and the calls that steer them (reference 6).

mod baking;
pub mod balanced;
mod basics;
mod breaker;
mod codedeploy;
mod codedeploy_model;
mod connect;
mod daemons;
pub mod deck;
mod discovery;
mod keeping;
mod load;
mod load_balanced;
mod model;
mod pauses;
mod refusals;
mod rollouts;
mod rows;
mod service_role;
mod set_model;
mod shift_model;
mod shift_refusals;
mod shifts;
mod stuck;
mod superseded;
mod task_sets;
mod words;
