//! The output's table against `oci_spec`, and the draft's way out.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a helper of tests may fail like a test"
)]

mod drift;
mod json;
mod losses;
mod sample;
mod table;
mod trace;
