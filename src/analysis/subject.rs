//! What conditions are about: the parts of the facts, and what the schema says of each.

use std::cell::RefCell;
use std::rc::Rc;

use indexmap::IndexMap;

use crate::facts::datum::Datum;
use crate::ir::ExprId;
use crate::schema::facts::{FactSchema, HostField, Root};
use crate::schema::shape::{Shape, TextForm};

use super::values::Values;

/// A part of the facts, or a value of which only is known that it is always the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Subject {
    pub(super) base: Base,
    pub(super) steps: Vec<Step>,
}

/// Where a subject starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Base {
    Fact(Root),
    Host(HostField),
    /// An expression by its canonical one.
    Other(ExprId),
}

/// How it goes on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Step {
    Field(u16),
    Key(Box<str>),
}

/// What the schema says of a subject.
#[derive(Clone)]
pub(super) struct Background {
    /// Whether it may be absent where what it is a part of is there.
    pub(super) optional: bool,
    pub(super) values: Rc<Values>,
}

/// What a schema says of subjects, each looked up once: every question asks about the same few.
pub(super) struct Backgrounds<'p> {
    schema: &'p FactSchema,
    known: RefCell<IndexMap<Subject, Background>>,
}

impl<'p> Backgrounds<'p> {
    pub(super) fn new(schema: &'p FactSchema) -> Self {
        Self { schema, known: RefCell::default() }
    }

    pub(super) fn of(&self, subject: &Subject) -> Background {
        if let Some(known) = self.known.borrow().get(subject) {
            return known.clone();
        }
        let background = subject.background(self.schema);
        // Keys of maps are as many as there are rules.
        if !subject.steps.iter().any(|step| matches!(step, Step::Key(_))) {
            self.known.borrow_mut().insert(subject.clone(), background.clone());
        }
        background
    }
}

/// Records of which more than one field at a time cannot be chosen freely: what an image says of its user is one
/// number or one name, and its accounts are listed twice.
const TIED: &[(Root, &str)] = &[(Root::Image, "user"), (Root::Image, "accounts")];

impl Subject {
    pub(super) fn parent(&self) -> Option<Self> {
        let (_, rest) = self.steps.split_last()?;
        Some(Self { base: self.base, steps: rest.to_vec() })
    }

    pub(super) fn is_child_of(&self, other: &Self) -> bool {
        self.base == other.base && self.steps.split_last().is_some_and(|(_, rest)| rest == other.steps.as_slice())
    }

    /// What the schema says of it; of what is no fact, nothing.
    fn background(&self, schema: &FactSchema) -> Background {
        let unknown = Background { optional: true, values: Rc::new(Values::Open) };
        let Some((mut shape, mut optional)) = self.start(schema) else { return unknown };
        for step in &self.steps {
            (shape, optional) = match (step, &shape) {
                (Step::Field(index), Shape::Record(record)) => match record.fields.get(*index as usize) {
                    Some(field) => (field.shape.clone(), field.presence.may_be_absent()),
                    None => return unknown,
                },
                (Step::Key(_), Shape::Map(value)) => ((**value).clone(), true),
                _ => return unknown,
            };
        }
        let values = match self.base {
            Base::Fact(Root::Container) if shape.ty() == crate::schema::types::Type::STRING => {
                let named = self.name(schema).is_some_and(|name| name != "container.id");
                Values::named(named)
            }
            _ => Values::of(&shape),
        };
        Background { optional, values: Rc::new(values) }
    }

    fn start(&self, schema: &FactSchema) -> Option<(Shape, bool)> {
        match self.base {
            Base::Fact(root) => Some((Shape::Record(schema.root(root).clone()), false)),
            Base::Host(field) => {
                let (_, _, shape) = schema.host.iter().find(|(it, ..)| *it == field)?;
                Some((shape.clone(), field.may_be_absent()))
            }
            Base::Other(_) => None,
        }
    }

    /// Its name in rules.
    pub(super) fn name(&self, schema: &FactSchema) -> Option<String> {
        let mut name = match self.base {
            Base::Fact(Root::Service) => "service".to_owned(),
            Base::Fact(Root::Container) => "container".to_owned(),
            Base::Fact(Root::Image) => "image".to_owned(),
            Base::Fact(Root::Options) => "options".to_owned(),
            Base::Host(field) => format!("host.{}", field.name()),
            Base::Other(_) => return None,
        };
        let (mut shape, _) = self.start(schema)?;
        for step in &self.steps {
            shape = match (step, &shape) {
                (Step::Field(index), Shape::Record(record)) => {
                    let field = record.fields.get(*index as usize)?;
                    name = format!("{name}.{}", field.name);
                    field.shape.clone()
                }
                (Step::Key(key), Shape::Map(value)) => {
                    name = format!("{name}[{key:?}]");
                    (**value).clone()
                }
                _ => return None,
            };
        }
        Some(name)
    }

    /// The number of the record of tied fields that it is in.
    pub(super) fn tied(&self, schema: &FactSchema) -> Option<usize> {
        let (Base::Fact(root), [Step::Field(first), _, ..]) = (self.base, self.steps.as_slice()) else { return None };
        let name = &schema.root(root).fields.get(*first as usize)?.name;
        TIED.iter().position(|(tied, field)| *tied == root && **field == **name)
    }
}

/// The forms of text in facts that every text has, or every text that is not empty.
pub(super) const fn may_be_empty(form: TextForm) -> Option<bool> {
    match form {
        TextForm::Any => Some(true),
        TextForm::NotEmpty => Some(false),
        _ => None,
    }
}

/// The same value of a constant, within it.
pub(super) fn within<'p>(datum: &'p Datum, steps: &[Step]) -> Option<&'p Datum> {
    use crate::facts::datum::Kind;
    static NOTHING: Datum = Datum::ABSENT;
    steps.iter().try_fold(datum, |datum, step| match (step, &datum.kind) {
        (_, Kind::Absent) => Some(&NOTHING),
        (Step::Field(index), Kind::Record(fields)) => fields.get(*index as usize),
        (Step::Key(key), Kind::Map(entries)) => Some(entries.get(key).unwrap_or(&NOTHING)),
        _ => None,
    })
}
