//! The smallest request that a [`Model`] describes, held against the evaluator: what it does not show is not claimed.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use crate::diagnostics::Diagnostic;
use crate::eval::{self, Arena, Limits};
use crate::facts::datum::{Datum, Kind};
use crate::facts::encode::{Said, Wanted};
use crate::facts::request::Request;
use crate::ir::build::constant_key;
use crate::schema::facts::{FactSchema, Root};
use crate::schema::shape::{RecordShape, Shape};
use crate::schema::types::Words;
use crate::sort;

use super::Policy;
use super::items::Holding;
use super::state::Model;
use super::subject::{Base, Step, Subject};
use super::values::Example;

/// So many pieces of all policies that witnesses are rendered with are gone through, at least for [`FEW`] of them.
const PIECES: usize = 4_000_000;
/// So many witnesses are rendered however large the policy is.
const FEW: usize = 20;
/// The steps that the render of a witness may take, and so many more for each expression.
const STEPS: u64 = 100_000;
const STEPS_EACH: u64 = 20;

/// The renders that one policy's witnesses may take together.
pub(super) fn renders(pieces: usize) -> usize {
    (PIECES / pieces.max(1)).max(FEW)
}

impl Policy<'_> {
    /// The request that a model describes, if a render of it shows what is claimed: `shows` looks at the refusals, or at
    /// the warnings if there are none. None as well if too much was rendered already. What takes a bundle is shown
    /// without a request.
    pub(super) fn witness(&self, model: &Model, shows: impl FnOnce(&[Diagnostic]) -> bool) -> Option<Option<String>> {
        let said = wanted(model, self.facts)?.request(self.facts)?;
        // Of many findings the smallest request is the same.
        let before = self.rendered.borrow().clone().filter(|(json, _)| *json == said.json && said.bundle.is_none());
        let told = match before {
            Some((_, told)) => told,
            None => self.render(&said)?,
        };
        let text = said.bundle.is_none().then_some(said.json);
        shows(&told).then_some(text)
    }

    /// What a render of a request tells.
    fn render(&self, said: &Said) -> Option<Rc<[Diagnostic]>> {
        let Some(left) = self.renders.get().checked_sub(1) else {
            self.run_out();
            return None;
        };
        self.renders.set(left);
        let mut request = Request::from_json("witness", &said.json, self.facts).ok()?;
        if let Some(bundle) = &said.bundle {
            request = request.in_bundle(self.facts, &bundle.path, bundle.rootfs.as_deref());
        }
        let (facts, arena) = (request.facts().ok()?, Arena::new());
        let steps = STEPS + STEPS_EACH * self.program.exprs.len() as u64;
        let limits = Limits { steps: steps.min(Limits::default().steps), ..Limits::default() };
        let told: Rc<[_]> = match eval::evaluate(self.program, self.output, &facts, &arena, &limits) {
            Ok(outcome) => outcome.warnings.into(),
            Err(refusals) => refusals.into(),
        };
        if said.bundle.is_none() {
            self.rendered.replace(Some((said.json.clone(), Rc::clone(&told))));
        }
        Some(told)
    }
}

/// What a model describes, with nothing that it does not need.
fn wanted(model: &Model, schema: &FactSchema) -> Option<Wanted> {
    let mut wanted = Wanted::least(schema);
    let mut facts: Vec<&(Subject, Option<Example>)> = model.facts.iter().collect();
    // What something is a part of comes first, and so does the tag of a record.
    sort::by(&mut facts, |(a, _), (b, _)| (a.steps.len(), &a.steps).cmp(&(b.steps.len(), &b.steps)));
    for (subject, example) in facts {
        let recording = FactSchema::recording();
        let (shape, root, steps) = match subject.base {
            Base::Fact(Root::Service) => (&schema.service, &mut wanted.service, Cow::Borrowed(&subject.steps)),
            Base::Fact(Root::Container) => (&schema.container, &mut wanted.container, Cow::Borrowed(&subject.steps)),
            Base::Fact(Root::Image) => (&schema.image, &mut wanted.image, Cow::Borrowed(&subject.steps)),
            Base::Fact(Root::Options) => (&schema.options, &mut wanted.options, Cow::Borrowed(&subject.steps)),
            Base::Host(field) => {
                let first = Step::Field(u16::try_from(recording.index_of(field.name())?).ok()?);
                let steps = [first].into_iter().chain(subject.steps.iter().cloned()).collect();
                (&recording, &mut wanted.host, Cow::Owned(steps))
            }
            Base::Other(_) => return None,
        };
        set_field(shape, root, &steps, example.as_ref())?;
    }
    let recording = FactSchema::recording();
    let devices = Step::Field(u16::try_from(recording.index_of("devices")?).ok()?);
    if let Some(path) = &model.node {
        set_field(&recording, &mut wanted.host, &[devices.clone(), Step::Key(path.clone())], Some(&Example::Any))?;
    }
    Some(wanted)
}

/// Gives a part of a record a value.
fn set_field(shape: &RecordShape, record: &mut Datum, steps: &[Step], example: Option<&Example>) -> Option<()> {
    let (Some((Step::Field(index), rest)), Kind::Record(values)) = (steps.split_first(), &mut record.kind) else {
        return steps.is_empty().then_some(());
    };
    let (field, slot) = (shape.fields.get(*index as usize)?, Arc::make_mut(values).get_mut(*index as usize)?);
    set(&field.shape, slot, rest, example)
}

fn set(shape: &Shape, datum: &mut Datum, steps: &[Step], example: Option<&Example>) -> Option<()> {
    let Some((step, rest)) = steps.split_first() else {
        *datum = match example {
            None => Datum::ABSENT,
            Some(Example::Any) if !datum.is_absent() => return Some(()),
            Some(Example::Any) => shape.example(),
            Some(Example::This(datum)) => datum.clone(),
            Some(Example::Holding(wanted)) => holding(shape, wanted)?,
        };
        return Some(());
    };
    if datum.is_absent() {
        if example.is_none() {
            return Some(());
        }
        *datum = shape.example();
    }
    match (shape, step, &mut datum.kind) {
        (Shape::Record(record), Step::Field(_), Kind::Record(_)) => set_field(record, datum, steps, example),
        (Shape::Map(value), Step::Key(key), Kind::Map(entries)) => {
            let entries = Arc::make_mut(entries);
            let mut entry = entries.shift_remove(key).unwrap_or(Datum::ABSENT);
            set(value, &mut entry, rest, example)?;
            if !entry.is_absent() {
                entries.insert(key.clone(), entry);
            }
            Some(())
        }
        _ => None,
    }
}

/// A list of elements or a map of keys.
fn holding(shape: &Shape, wanted: &Holding) -> Option<Datum> {
    let mut elements = wanted.has.clone();
    for set in &wanted.beyond {
        let fits = |it: &Datum| !set.contains(&constant_key(it));
        if !elements.iter().any(fits) {
            elements.push(match &wanted.among {
                Some(among) => among.iter().find(|it| fits(it))?.clone(),
                None => candidates(shape, set.len()).find(fits)?,
            });
        }
    }
    Some(Datum::new(match shape {
        Shape::List(_) => Kind::List(elements.into()),
        Shape::Map(value) => {
            let entry = |key: Datum| match key.kind {
                Kind::Text(key) => Some((key.as_str().into(), value.example())),
                _ => None,
            };
            Kind::Map(Arc::new(elements.into_iter().map(entry).collect::<Option<_>>()?))
        }
        _ => return None,
    }))
}

/// Elements of a list or keys of a map: more than so many, where there are as many.
fn candidates<'s>(shape: &'s Shape, others: usize) -> Box<dyn Iterator<Item = Datum> + 's> {
    let names = (0..=others).map(|number| Datum::text(format!("x{number}")));
    match shape {
        Shape::List(element) => match &**element {
            Shape::Text(_) | Shape::Words(Words::Open) => Box::new(names),
            Shape::Int { min, max } => Box::new((*min..=*max).take(others + 1).map(|it| Datum::new(Kind::Int(it)))),
            element => Box::new(std::iter::once(element.example())),
        },
        _ => Box::new(names),
    }
}
