//! Two writes that are known to disagree whenever they apply: same place, same strength, same guards, different constants.

use indexmap::{IndexMap, IndexSet};

use crate::diagnostics::{Diagnostic, code};
use crate::facts::datum::Datum;
use crate::ir::{ConstId, Effect, EffectId, Expr, ExprId, GuardId, Program, Strength, Write, WriteKind};
use crate::schema::output::{OutputSchema, SlotIndex};

/// A place of the output that is known without a service: a slot, or an element by a constant key.
type Place<'p> = (SlotIndex, Option<&'p str>);

struct Found<'p> {
    rule: &'p str,
    effect: EffectId,
    strength: Strength,
    guards: &'p [GuardId],
    value: &'p Datum,
}

/// Finds them. Which guards exclude one another, or hold together, is not looked into here.
pub(super) fn find(program: &Program, output: &OutputSchema, found: &mut IndexSet<Diagnostic>) {
    let mut writes: IndexMap<Place<'_>, Vec<Found<'_>>> = IndexMap::new();
    for rule in &program.rules {
        let mut next = rule.effects.start;
        // What stands within an `if` or a loop depends on more than the rule's guards.
        while next < rule.effects.end {
            let index = EffectId::new(next as usize);
            next = match program.effects.get(index.index()) {
                Some(Effect::If { end, .. } | Effect::For { end, .. }) => *end,
                Some(Effect::Write(write)) => {
                    if let Some((place, value)) = constant_write(program, write) {
                        let it = Found {
                            rule: &rule.name,
                            effect: index,
                            strength: write.strength,
                            guards: &rule.guards,
                            value,
                        };
                        writes.entry(place).or_default().push(it);
                    }
                    next + 1
                }
                _ => next + 1,
            };
        }
    }
    for ((slot, key), writes) in &writes {
        let strongest = writes.iter().map(|it| it.strength).max();
        let mut rest = writes.iter().filter(|it| Some(it.strength) == strongest);
        while let Some(first) = rest.next() {
            let other = rest.clone().find(|it| it.guards == first.guards && !same(it.value, first.value));
            if let Some(other) = other {
                let path = output.slots.get(*slot).map_or("", |slot| slot.path);
                found.insert(conflict(program, path, *key, first, other));
                break;
            }
        }
    }
}

fn constant_write<'p>(program: &'p Program, write: &'p Write) -> Option<(Place<'p>, &'p Datum)> {
    let key = match write.kind {
        WriteKind::Value => None,
        WriteKind::AddAt(key) => Some(constant_text(program, key)?),
        _ => return None,
    };
    Some(((write.slot, key), program.constants.get(constant(program, write.value)?.index())?))
}

fn constant(program: &Program, id: ExprId) -> Option<ConstId> {
    match program.exprs.get(id.index())? {
        Expr::Const(id) => Some(*id),
        _ => None,
    }
}

fn constant_text(program: &Program, id: ExprId) -> Option<&str> {
    match &program.constants.get(constant(program, id)?.index())?.kind {
        crate::facts::datum::Kind::Text(text) => Some(text),
        _ => None,
    }
}

fn same(a: &Datum, b: &Datum) -> bool {
    crate::ir::build::constant_key(a) == crate::ir::build::constant_key(b)
}

fn conflict(program: &Program, path: &str, key: Option<&str>, first: &Found<'_>, other: &Found<'_>) -> Diagnostic {
    let place = key.map_or_else(|| path.to_owned(), |key| format!("{path}[{key:?}]"));
    let span =
        |it: &Found<'_>| program.notes.get(it.effect.index()).map_or(crate::source::Span::NONE, |note| note.span);
    let when = if first.guards.is_empty() { "for every service" } else { "whenever they apply" };
    Diagnostic::new(code::CONFLICT, format!("`{}` and `{}` set `{place}` differently {when}", first.rule, other.rule))
        .label(span(other), format!("rule `{}` says this", other.rule))
        .label(span(first), format!("rule `{}` says that", first.rule))
        .help("make one of them `default`, or `force … because \"…\"`, or guard them so that only one applies")
}
