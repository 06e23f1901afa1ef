//! The evaluator, on programs made by hand.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what tests call may fail as tests do")]

mod build;
mod effects;
mod functions;
mod merge;
mod traced;
