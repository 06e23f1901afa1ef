//! What facts and output look like: tables, not code.

pub mod facts;
pub mod functions;
pub mod output;
pub mod requirements;
pub mod shape;
mod text;
pub mod types;
pub mod vocabulary;
