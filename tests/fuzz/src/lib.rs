//! What must hold whatever the input is. The targets differ in how they make inputs.

pub mod policy;
pub mod render;
pub mod report;

#[path = "../../integration/output/losses.rs"]
mod losses;
#[path = "../../integration/fast/made.rs"]
#[expect(clippy::expect_used, reason = "a helper of tests may fail like a test")]
mod made;

pub use made_up::*;

/// What the tests make policies and requests of.
mod made_up {
    use super::made;

    /// What every spec needs.
    pub const FRAME: &str = made::FRAME;
    /// A policy that uses every construct.
    pub const ALL: &str = made::ALL;
    /// Values of every type.
    pub const VALUES: &[&str] = made::VALUES;
    /// Places for them, `V` being the value.
    pub const PLACES: &[&str] = made::PLACES;

    /// A request made up from a number.
    #[must_use]
    pub fn made_request(number: u64) -> String {
        made::request(number)
    }
}
