//! Reviews of a change of rules, and the reports of them.

mod risk;
