//! Plimsoll compiles rules about containers and applies them to services: rules and facts in, an OCI runtime spec out,
//! with the reason for every value in it.
//!
//! ```
//! use plimsoll::eval::Arena;
//! use plimsoll::facts::request::Request;
//! use plimsoll::output::json::Style;
//! use plimsoll::policy::{Layers, Policy};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Once: the shipped policy and a layer of the operator's own.
//! let policy = Layers::standard()
//!     .layer("site", [("limits.plim", r#"rule pids { default linux.resources.pids.limit = 512 }"#)])
//!     .compile()?;
//!
//! // For every container: what is known about it, and its spec.
//! let deployment = "{ version: v1, deployment: shop, services: { web: { image: { name: nginx } } } }";
//! let request = Request::builder("shop.yaml", deployment).service("web").build(policy.schema())?;
//! let (facts, arena) = (request.facts()?, Arena::new());
//! let rendered = policy.render(&facts, &arena)?;
//!
//! assert_eq!(rendered.spec()?.hostname().as_deref(), Some("web-rep-1"));
//! assert!(String::from_utf8(rendered.json(Style::Compact)?)?.contains(r#""pids":{"limit":512}"#));
//!
//! // And why: which rule gave each value, at no cost to speak of, and of which facts, for somebody who asks.
//! let traced = policy.trace(&facts, &arena)?;
//! let writes = traced.writers().into_iter().flat_map(|writers| writers.iter()).flat_map(|writer| writer.writes);
//! let rules: Vec<&str> = writes.filter_map(|write| policy.rule(write.rule)).map(|rule| &*rule.name).collect();
//! assert!(rules.contains(&"pids"));
//! assert!(traced.provenance().is_some());
//! # Ok(())
//! # }
//! ```
//!
//! # The way of a policy
//!
//! [`source`] → [`syntax`] → [`check`] (against [`schema`]) → [`ir`] → [`analysis`] → [`eval`] (with [`facts`]) → [`output`].
//! [`policy`] is the facade of all of it, and [`diagnostics`] and [`provenance`] stand beside it. What works on the whole:
//!
//! - before any service: [`levels`] says what findings weigh, [`fix`] mends them, [`lock`] keeps what a layer replaces,
//!   [`testing`] runs the tests of rules, [`reference`](mod@reference) says in words what the tables hold;
//! - with one: [`Rendered::validate`](policy::Rendered::validate) holds its spec against what runtimes ask of one,
//!   [`stream`] renders a line for a line, [`explanation`] answers why a value is as it is, [`snapshot`] keeps
//!   what came out, [`decision`] all that it takes to do it again;
//! - with two policies: [`review`] tells what the change of rules does to every service.
//!
//! # What holds everywhere
//!
//! - pest is known to one file of `syntax`, `oci_spec::runtime` to one file of `output`.
//! - nix is known to one file of [`facts`].
//! - The library does no IO but where it is asked for by name: [`facts::live`] reads this machine, [`facts::accounts`] a
//!   root file system, [`facts::image_source`] an image, `bundle` writes a bundle. Everything else is handed to it.
//! - Evaluation is pure: the same policy and facts give the same bytes, in any thread.
//! - No container technology is known by name outside of the tables of `schema`: all of it is in `rules/`.

pub mod analysis;
#[cfg(unix)]
pub mod bundle;
pub mod check;
pub mod decision;
pub mod deployment;
pub mod diagnostics;
mod digest;
pub mod eval;
pub mod explanation;
pub mod facts;
pub mod fix;
pub mod ir;
pub mod levels;
pub mod lock;
mod markup;
pub mod output;
pub mod policy;
pub mod provenance;
pub mod reference;
pub mod review;
pub mod schema;
pub mod snapshot;
mod sort;
pub mod source;
pub mod stream;
pub mod syntax;
pub mod testing;

/// Runs the README's examples.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
