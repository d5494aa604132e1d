//! Services: the scheduler, deployments, and the calls that steer them (reference 6).

mod balanced;
mod basics;
mod breaker;
mod connect;
mod daemons;
mod deck;
mod discovery;
mod keeping;
mod load;
mod model;
mod refusals;
mod rollouts;
