//! Plimsoll: rules in, OCI runtime spec out.

#[cfg(unix)]
pub mod bundle;
pub mod check;
pub mod deployment;
pub mod diagnostics;
pub mod eval;
pub mod facts;
pub mod ir;
pub mod output;
pub mod policy;
pub mod provenance;
pub mod schema;
pub mod source;
pub mod syntax;
