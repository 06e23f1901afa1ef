//! What a change of rules does to every service: both sides rendered, what differs grouped by what causes it, and each
//! change classed by what it means for what a container can do.
//!
//! A [`Reviewer`] is fed a corpus, document by document, and gives a [`Review`], which the reports are written from. It keeps
//! nothing of services that stay as they are, and services that were decided alike share the search for what is behind a
//! change (see [`Cause`]).
//!
//! ```
//! use plimsoll::policy::{Layers, Policy};
//! use plimsoll::review::{Class, Item, ItemKind, Reviewer};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let old = Policy::standard()?;
//! let rule = r#"rule site.debug { process.capabilities.bounding += "SYS_PTRACE" }
//! remove invariant capabilities.no-surprise"#;
//! let new = Layers::standard().layer("site", [("debug.plim", rule)]).compile()?;
//! let text = "{ version: v1, deployment: shop, services: { web: { image: { name: nginx } } } }";
//! let shop = Item { file: "shop.yaml".into(), text: text.into(), kind: ItemKind::of(text), output: None };
//!
//! let mut reviewer = Reviewer::new(("standard", &old), ("site", &new));
//! reviewer.look(&[shop]);
//! let review = reviewer.finish();
//! let effect = &review.groups[0].effects[0];
//! assert_eq!(review.groups[0].cause.item, "site.debug");
//! assert_eq!(effect.change.says, "adds capability SYS_PTRACE to process.capabilities.bounding");
//! assert_eq!(effect.risk.class, Class::Broadening);
//! # Ok(())
//! # }
//! ```

mod causes;
mod compare;
mod constants;
mod corpus;
mod finding;
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
