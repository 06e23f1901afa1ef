//! What a type asks serde for: a data source that says yes to everything and writes down the questions.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde::de::value::Error;
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};

/// The words of an enum, none for everything else.
pub(super) type Words = BTreeSet<&'static str>;

/// Every path that a type reads (`[]` for an element of a list, `{}` for an entry of a map) and the words that it takes.
pub(super) fn paths<T: for<'de> Deserialize<'de>>() -> BTreeMap<String, Words> {
    let seen = RefCell::default();
    T::deserialize(Trace { path: String::new(), seen: &seen }).unwrap();
    seen.into_inner()
}

struct Trace<'t> {
    path: String,
    seen: &'t RefCell<BTreeMap<String, Words>>,
}

impl<'t> Trace<'t> {
    fn below(&self, name: &str) -> Self {
        let dot = if self.path.is_empty() || name.starts_with(['[', '{']) { "" } else { "." };
        let path = format!("{}{dot}{name}", self.path);
        self.seen.borrow_mut().entry(path.clone()).or_default();
        Self { path, seen: self.seen }
    }
}

impl<'de> Deserializer<'de> for Trace<'_> {
    type Error = Error;

    /// JSON of any shape, which only Windows has; where a type is asked for this is an error.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bool(false)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_u64(0)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        // Capabilities are parsed by hand; everything else that is takes a number.
        visitor.visit_str(if self.path.starts_with("process.capabilities.") { "CAP_CHOWN" } else { "0" })
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(One(Some(self.below("[]"))))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(Entries { names: vec!["key"], below: |trace, _| trace.below("{}"), trace: self })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_map(Entries { names: fields.to_vec(), below: Trace::below, trace: self })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.seen.borrow_mut().entry(self.path).or_default().extend(variants);
        visitor.visit_enum(IntoDeserializer::<Error>::into_deserializer(variants[0]))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_u64(visitor)
    }

    forward_to_deserialize_any! {
        i8 i16 i128 u128 f32 f64 char str bytes byte_buf unit unit_struct tuple tuple_struct identifier ignored_any
    }
}

struct One<'t>(Option<Trace<'t>>);

impl<'de> SeqAccess<'de> for One<'_> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        self.0.take().map(|trace| seed.deserialize(trace)).transpose()
    }
}

struct Entries<'t> {
    names: Vec<&'static str>,
    below: fn(&Trace<'t>, &str) -> Trace<'t>,
    trace: Trace<'t>,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        self.names.last().map(|name| seed.deserialize((*name).into_deserializer())).transpose()
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        let name = self.names.pop().unwrap();
        seed.deserialize((self.below)(&self.trace, name))
    }
}
