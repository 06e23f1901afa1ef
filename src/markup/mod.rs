//! Texts that may hold anything, made harmless for what they are put into: Markdown and HTML.

pub(crate) mod html;
pub(crate) mod markdown;
