//! What a change of rules does to every service: both sides rendered, what differs grouped by what causes it, and each
//! change classed by what it means for what a container can do.

pub mod markdown;
mod model;
pub mod risk;
mod words;

pub use model::{
    Cause, CauseKind, Change, ChangeKind, Class, Effect, Group, Level, Refused, Review, Risk, RiskCount, Service, Side,
    Sides, SpecLine, Summary, Unread,
};
