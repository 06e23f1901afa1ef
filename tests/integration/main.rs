//! One binary for all integration tests.

#[cfg(test)]
mod analysis;
mod baseline;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod bundle;
mod check;
mod cli;
#[cfg(test)]
mod containers;
#[cfg(test)]
mod deployment;
mod diagnostics;
mod eval;
mod explain;
#[cfg(test)]
mod explanation;
#[cfg(test)]
mod fact_schema;
#[cfg(test)]
mod facts;
mod fast;
#[cfg(test)]
mod fix;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod kept;
#[cfg(test)]
mod levels;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod live;
#[cfg(test)]
mod lock;
#[cfg(test)]
mod machine;
#[cfg(test)]
mod nesting;
mod output;
mod policy;
#[cfg(test)]
mod quantities;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod reference_evaluator;
mod render;
#[cfg(test)]
mod review;
#[cfg(test)]
mod snapshot;
mod syntax;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod validation;

use plimsoll::diagnostics::{CODES, find_code};

#[test]
fn codes_are_unique_and_in_order() {
    assert!(CODES.windows(2).all(|pair| pair[0].id() < pair[1].id()));
    assert_eq!(find_code("p0101"), CODES.first().copied());
}
