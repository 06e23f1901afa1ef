//! Values, expressions, effects, merge: one service through the plan.

pub mod draft;
pub mod value;
