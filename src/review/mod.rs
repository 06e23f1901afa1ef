//! What a change of rules does to every service: both sides rendered, what differs grouped by what causes it, and each
//! change classed by what it means for what a container can do.

mod causes;
mod compare;
mod constants;
mod corpus;
mod fold;
pub mod github;
pub mod html;
mod items;
pub mod markdown;
mod model;
mod reviewer;
pub mod risk;
pub mod sarif;
pub mod text;
mod words;

pub use corpus::{Item, ItemKind, Setting};
pub use model::{
    Cause, CauseKind, Change, ChangeKind, Class, Effect, Group, Level, Refused, Review, Risk, RiskCount, Service, Side,
    Sides, SpecLine, Summary, Unread,
};
pub use reviewer::Reviewer;
