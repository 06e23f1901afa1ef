//! Plimsoll: rules in, OCI runtime spec out.

pub mod diagnostics;
pub mod eval;
pub mod facts;
pub mod ir;
pub mod provenance;
pub mod schema;
pub mod source;
pub mod syntax;
