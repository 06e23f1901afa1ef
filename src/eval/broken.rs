//! Who wrote what breaks an invariant: of what its loops are at and of what the condition that fails reads, the writes
//! that count. Only a traced render does this.

use super::machine::{Eval, Machine};
use super::order::equal;
use super::value::Value;
use crate::diagnostics::Diagnostic;
use crate::ir::build::map_children;
use crate::ir::{Effect, Expr, ExprId};
use crate::schema::output::{Content, SlotIndex};

/// How many places of the spec are told, and how many writes of each.
const TOLD: usize = 4;
/// How deep a condition is looked into.
const DEPTH: usize = 64;
/// How many expressions are looked at.
const VISITS: usize = 1000;

/// A place of the finished spec: a slot, or one key of its collection.
type Leaf<'a> = (SlotIndex, Option<Value<'a>>);

impl<'a, const TRACE: bool> Machine<'a, TRACE> {
    /// Labels the writes that a failing condition of an invariant is about.
    pub(super) fn label_broken(&mut self, mut diagnostic: Diagnostic, effect: u32, condition: ExprId) -> Diagnostic {
        let mark = self.trace.log.len();
        let mut leaves: Vec<Leaf<'a>> = Vec::new();
        // What cannot be evaluated now was not asked then.
        let _ = self.read_by(condition, DEPTH, &mut VISITS.clone(), &mut leaves);
        self.gone_through(effect, &mut leaves);
        self.trace.log.truncate(mark);
        let mut told: Vec<Leaf<'a>> = Vec::new();
        for leaf in leaves {
            let same =
                |other: &Leaf<'a>| other.0 == leaf.0 && equal(other.1.unwrap_or_default(), leaf.1.unwrap_or_default());
            if told.len() < TOLD && !told.iter().any(same) {
                told.push(leaf);
            }
        }
        for (slot, key) in &told {
            diagnostic = self.label_writes(diagnostic, *slot, *key);
        }
        // Two places may be written by one statement.
        let mut seen = Vec::new();
        diagnostic.labels.retain(|label| {
            let new = !seen.contains(label);
            seen.push(label.clone());
            new
        });
        match told.as_slice() {
            [(slot, key)] if !self.is_written(*slot, *key) => diagnostic.help(self.nobody(*slot, *key)),
            _ => diagnostic,
        }
    }

    /// That no rule has a say in a place.
    fn nobody(&self, slot: SlotIndex, key: Option<Value<'a>>) -> String {
        let path = self.schema.slots.get(slot).map_or("", |slot| slot.path);
        match key {
            None => format!("no rule wrote `{path}` for this service"),
            Some(_) => format!("no rule put it into `{path}` for this service"),
        }
    }

    /// The elements that the loops around a statement are at.
    fn gone_through(&self, effect: u32, leaves: &mut Vec<Leaf<'a>>) {
        let program = self.program;
        let first = program.invariants.get(self.rule).map_or(effect, |invariant| invariant.effects.start);
        for at in first..effect {
            let Some(Effect::For { iteration, end }) = program.effects.get(at as usize) else { continue };
            let (true, Some(slot)) = (*end > effect, self.collection(iteration.list)) else { continue };
            let local = |id: crate::ir::LocalId| self.locals.get(id.index()).copied();
            let key = match self.schema.slots.get(slot).map(|slot| &slot.content) {
                Some(Content::Keyed(_)) => iteration.index.and_then(local),
                _ => local(iteration.element),
            };
            leaves.extend(key.map(|key| (slot, Some(key))));
        }
    }

    /// What a condition that fails reads.
    fn read_by(&mut self, id: ExprId, depth: usize, visits: &mut usize, leaves: &mut Vec<Leaf<'a>>) -> Eval<()> {
        let program = self.program;
        let (Some(depth), Some(left)) = (depth.checked_sub(1), visits.checked_sub(1)) else { return Ok(()) };
        *visits = left;
        let Some(expr) = program.exprs.get(id.index()) else { return Ok(()) };
        match expr {
            Expr::Spec(slot) if self.is_value(*slot) => leaves.push((*slot, None)),
            Expr::And(parts) | Expr::Or(parts) => {
                let telling = matches!(expr, Expr::Or(_));
                for part in parts {
                    // Those behind the one that tells were not asked.
                    if self.truth(*part)? == telling {
                        return self.read_by(*part, depth, visits, leaves);
                    }
                }
                for part in parts {
                    self.read_by(*part, depth, visits, leaves)?;
                }
            }
            Expr::Entry(map, key) | Expr::InMap(key, map) | Expr::InList(key, map) => {
                match self.collection(*map) {
                    Some(slot) => {
                        let key = self.eval(*key)?;
                        leaves.push((slot, Some(key)));
                    }
                    None => self.read_by(*map, depth, visits, leaves)?,
                }
                self.read_by(*key, depth, visits, leaves)?;
            }
            Expr::SubsetOf(part, whole) => {
                let Some(slot) = self.collection(*part).or_else(|| self.collection(*whole)) else { return Ok(()) };
                if let (Value::List(part), Value::List(whole)) = (self.eval(*part)?, self.eval(*whole)?) {
                    let stray = part.iter().filter(|element| !whole.iter().any(|other| equal(*element, other)));
                    leaves.extend(stray.take(TOLD).map(|element| (slot, Some(element))));
                }
            }
            Expr::Local(local) => {
                if let Some(definition) = self.trace.definition(*local) {
                    self.read_by(definition, depth, visits, leaves)?;
                }
            }
            // Its own locals have no values here.
            Expr::Comprehension(_) => {}
            // What is written is a part of it: of a record only the field that is asked for.
            Expr::Field(record, index) => match self.field_of(*record, *index) {
                Some(field) => self.read_by(field, depth, visits, leaves)?,
                None => self.read_by(*record, depth, visits, leaves)?,
            },
            _ => {
                let mut children = Vec::new();
                map_children(expr, &mut |child| {
                    children.push(child);
                    child
                });
                for child in children {
                    self.read_by(child, depth, visits, leaves)?;
                }
            }
        }
        Ok(())
    }

    fn is_value(&self, slot: SlotIndex) -> bool {
        matches!(self.schema.slots.get(slot).map(|slot| &slot.content), Some(Content::Value(_)))
    }

    /// The slot of the collection that an expression is.
    fn collection(&self, mut id: ExprId) -> Option<SlotIndex> {
        for _ in 0..DEPTH {
            id = match self.program.exprs.get(id.index())? {
                Expr::Spec(slot) => return Some(*slot).filter(|slot| !self.is_value(*slot)),
                Expr::Local(local) => self.trace.definition(*local)?,
                Expr::Field(record, index) => self.field_of(*record, *index)?,
                _ => return None,
            };
        }
        None
    }

    /// A field of a record that is written out, as `spec.process` is.
    fn field_of(&self, mut record: ExprId, index: u16) -> Option<ExprId> {
        let mut path = vec![index];
        for _ in 0..DEPTH {
            record = match self.program.exprs.get(record.index())? {
                Expr::Record(fields) => {
                    let field = *fields.get(usize::from(path.pop()?))?;
                    if path.is_empty() {
                        return Some(field);
                    }
                    field
                }
                Expr::Local(local) => self.trace.definition(*local)?,
                Expr::Field(outer, inner) => {
                    path.push(*inner);
                    *outer
                }
                _ => return None,
            };
        }
        None
    }
}
