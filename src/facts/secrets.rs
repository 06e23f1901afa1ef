//! Secrets that a caller gives.

use std::borrow::Cow;
use std::fmt;

use indexmap::IndexMap;

use super::host::Secrets;

/// No secret at all.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSecrets;

impl Secrets for NoSecrets {
    fn secret(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }
}

/// Secrets by reference, without `$S:` and without a field: `db`, `@api/key`, `:prod/db`, `web:prod/db`.
#[derive(Clone, Default)]
pub struct SecretMap(IndexMap<Box<str>, Box<str>>);

impl FromIterator<(Box<str>, Box<str>)> for SecretMap {
    fn from_iter<I: IntoIterator<Item = (Box<str>, Box<str>)>>(secrets: I) -> Self {
        Self(secrets.into_iter().collect())
    }
}

impl Secrets for SecretMap {
    fn secret(&self, reference: &str) -> Option<Cow<'_, str>> {
        self.0.get(reference).map(|value| Cow::Borrowed(&**value))
    }
}

/// Shows which there are, and not what they are.
impl fmt::Debug for SecretMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
