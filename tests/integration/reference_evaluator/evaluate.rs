//! A policy on one service: each rule in written order, each of its writes kept as a claim, and all of them merged at the
//! end by looking at all of them.

use std::collections::BTreeSet;

use plimsoll::syntax::ast::{
    Block, Effect, EffectKind, Entry, Expr, ExprKind, File, ItemKind, Key, OutPath, Rule, Segment, Strength, Tail,
    TailKind, WriteOp,
};
use serde_json::Value as Json;

use super::expressions::{Refusal, Result, Scope};
use super::merge::{Claim, Merged, Says, Whole};
use super::output::{self, Kind, Slot};
use super::value::Value;

/// What a render comes to.
#[derive(Debug, PartialEq)]
pub(super) enum Outcome {
    /// Any of these codes, at least one.
    Refused(BTreeSet<Refusal>),
    Rendered {
        spec: Json,
        warnings: Vec<String>,
        /// For each slot, of each element in the order of the output, the rules that it comes from.
        winners: Vec<(&'static str, Vec<BTreeSet<String>>)>,
    },
}

pub(super) struct Machine<'p> {
    lets: Vec<(String, &'p Expr)>,
    roots: &'p [(&'static str, Value)],
    claims: Vec<Claim>,
    wholes: Vec<Whole>,
    refusals: BTreeSet<Refusal>,
    warnings: Vec<String>,
    rule: String,
}

/// Whether the rest of a block is gone through.
#[derive(PartialEq)]
enum Flow {
    On,
    Out,
}

/// Files in the order of their layers and names.
pub(super) fn evaluate(files: &[File], roots: &[(&'static str, Value)]) -> Outcome {
    let items = || files.iter().flat_map(|file| &file.items);
    let lets = items().filter_map(|item| match &item.kind {
        ItemKind::Let(it) => Some((it.name.name.to_string(), &it.value)),
        _ => None,
    });
    let mut machine = Machine {
        lets: lets.collect(),
        roots,
        claims: Vec::new(),
        wholes: Vec::new(),
        refusals: BTreeSet::new(),
        warnings: Vec::new(),
        rule: String::new(),
    };
    for item in items() {
        if let ItemKind::Rule(rule) = &item.kind {
            machine.head(rule, None);
        }
    }
    let merged = Merged::of(&machine.claims, &machine.wholes);
    if !merged.conflicts.is_empty() {
        machine.refusals.insert("P0602");
    }
    if machine.refusals.is_empty() && output::is_missing_something(&merged) {
        machine.refusals.insert("P0608");
    }
    if machine.refusals.is_empty() {
        let spec = output::as_read(&merged);
        for item in items() {
            if let ItemKind::Invariant(rule) = &item.kind {
                machine.head(rule, Some(&spec));
            }
        }
    }
    if !machine.refusals.is_empty() {
        return Outcome::Refused(machine.refusals);
    }
    Outcome::Rendered { spec: output::json(&merged), warnings: machine.warnings, winners: merged.winners() }
}

impl<'p> Machine<'p> {
    /// A rule or invariant, if it applies.
    fn head(&mut self, rule: &'p Rule, spec: Option<&Value>) {
        self.rule = rule.name.name.to_string();
        let lets = std::mem::take(&mut self.lets);
        let scope = Scope { lets: &lets, roots: self.roots, spec, locals: Vec::new() };
        let holds = |guard: &Option<Expr>, otherwise| guard.as_ref().map_or(Ok(otherwise), |it| scope.truth(it));
        let applies = holds(&rule.when, true).and_then(|when| Ok(when && !holds(&rule.unless, false)?));
        let done = applies.and_then(|applies| {
            if applies {
                self.block(&rule.body, scope.clone(), spec.is_some())?;
            }
            Ok(())
        });
        if let Err(refusal) = done {
            self.refusals.insert(refusal);
        }
        drop(scope);
        self.lets = lets;
    }

    fn block(&mut self, block: &Block, mut scope: Scope<'_>, invariant: bool) -> Result<()> {
        for effect in &block.effects {
            match self.effect(effect, &mut scope, invariant) {
                Ok(Flow::On) => {}
                Ok(Flow::Out) => break,
                // What does not fit its place refuses the service, and the rest is still looked at.
                Err(refusal @ ("P0603" | "P0604")) => _ = self.refusals.insert(refusal),
                Err(fault) => return Err(fault),
            }
        }
        Ok(())
    }

    fn effect(&mut self, effect: &Effect, scope: &mut Scope<'_>, invariant: bool) -> Result<Flow> {
        match &effect.kind {
            EffectKind::Write { strength, path, op, value, tail, .. } => {
                if let (ExprKind::Map(entries), true) = (&value.kind, leads_to_a_record(path, scope)?) {
                    return self.leaves(*strength, path, entries, scope);
                }
                let value = scope.eval(value)?;
                if value == Value::Absent {
                    self.without(tail.as_ref(), scope)?;
                    return Ok(Flow::On);
                }
                for (slot, key, _) in places(path, scope)? {
                    if let Err(refusal) = self.write(*strength, slot, key, *op, value.clone()) {
                        self.refusals.insert(refusal);
                    }
                }
            }
            EffectKind::Unset { strength, path, .. } => {
                for (slot, key, _) in places(path, scope)? {
                    self.unset(*strength, slot, key);
                }
            }
            EffectKind::Let { name, value, tail } => {
                let value = scope.eval(value)?;
                if value == Value::Absent && tail.is_some() {
                    self.without(tail.as_ref(), scope)?;
                    return Ok(Flow::Out);
                }
                *scope = scope.with(&name.name, value);
            }
            EffectKind::If { arms, otherwise } => {
                for (condition, body) in arms {
                    if scope.truth(condition)? {
                        self.block(body, scope.clone(), invariant)?;
                        return Ok(Flow::On);
                    }
                }
                if let Some(body) = otherwise {
                    self.block(body, scope.clone(), invariant)?;
                }
            }
            EffectKind::For { clause, body } => {
                for inner in scope.each(clause)? {
                    self.block(body, inner, invariant)?;
                }
            }
            EffectKind::Warn(message) => {
                let message = scope.eval(message)?.print();
                self.warnings.push(message);
            }
            EffectKind::Deny(message) => {
                scope.eval(message)?;
                self.refusals.insert(if invariant { "P0607" } else { "P0601" });
            }
            EffectKind::Require { condition, deny, message } => {
                if !scope.truth(condition)? {
                    let message = scope.eval(message)?.print();
                    match deny {
                        true => _ = self.refusals.insert("P0607"),
                        false => self.warnings.push(message),
                    }
                }
            }
        }
        Ok(Flow::On)
    }

    /// A record is short for its leaves: each is a write.
    fn leaves(&mut self, strength: Strength, path: &OutPath, entries: &[Entry], scope: &Scope<'_>) -> Result<Flow> {
        for (slot, key, rest) in places(path, scope)? {
            let [name] = rest.as_slice() else { panic!("generated records do not nest") };
            let entry = entries.iter().find(|entry| matches!(&entry.key, Key::Name(key) if *key.name == **name));
            let Some(entry) = entry else { continue };
            let written = scope.eval(&entry.value).and_then(|leaf| match leaf {
                Value::Absent => Ok(()),
                leaf => self.write(strength, slot, key, WriteOp::Set, leaf),
            });
            if let Err(refusal) = written {
                self.refusals.insert(refusal);
            }
        }
        Ok(Flow::On)
    }

    fn without(&mut self, tail: Option<&Tail>, scope: &Scope<'_>) -> Result<()> {
        match tail.map(|tail| &tail.kind) {
            None | Some(TailKind::Skip) => {}
            Some(TailKind::Warn(message)) => {
                let message = scope.eval(message)?.print();
                self.warnings.push(message);
            }
            Some(TailKind::Deny(message)) => {
                scope.eval(message)?;
                self.refusals.insert("P0601");
            }
        }
        Ok(())
    }

    fn claim(&mut self, strength: Strength, slot: &'static Slot, key: Option<Value>, says: Says, whole: Option<usize>) {
        self.claims.push(Claim { slot: slot.path, key, says, strength, rule: self.rule.clone(), whole });
    }

    fn unset(&mut self, strength: Strength, slot: &'static Slot, key: Option<Value>) {
        match (&slot.kind, key) {
            (Kind::One, _) => self.claim(strength, slot, None, Says::Out, None),
            (_, Some(key)) => self.claim(strength, slot, Some(key), Says::Out, None),
            _ => _ = self.whole(strength, slot, true),
        }
    }

    fn whole(&mut self, strength: Strength, slot: &'static Slot, unset: bool) -> usize {
        self.wholes.push(Whole { slot: slot.path, strength, rule: self.rule.clone(), unset });
        self.wholes.len() - 1
    }

    fn write(
        &mut self,
        strength: Strength,
        slot: &'static Slot,
        key: Option<Value>,
        op: WriteOp,
        value: Value,
    ) -> Result<()> {
        if slot.kind == Kind::One {
            let value = (slot.fits)(&value)?;
            self.claim(strength, slot, None, Says::Is(value), None);
            return Ok(());
        }
        if op == WriteOp::Remove {
            let keys = if let Value::List(keys) = value { keys } else { vec![value] };
            for key in keys {
                match output::key(slot, &key) {
                    Ok(key) => self.claim(strength, slot, Some(key), Says::Out, None),
                    Err(refusal) => _ = self.refusals.insert(refusal),
                }
            }
            return Ok(());
        }
        if let Some(key) = key {
            let (key, value) = output::keyed(slot, &key, value)?;
            self.claim(strength, slot, Some(key), Says::Is(value), None);
            return Ok(());
        }
        let whole = (op == WriteOp::Set).then(|| self.whole(strength, slot, false));
        for element in output::elements(slot, value) {
            match element {
                Ok((key, value)) => self.claim(strength, slot, Some(key), Says::Is(value), whole),
                // What does not fit refuses the service, and the others are still looked at.
                Err(refusal) => _ = self.refusals.insert(refusal),
            }
        }
        Ok(())
    }
}

fn leads_to_a_record(path: &OutPath, scope: &Scope<'_>) -> Result<bool> {
    Ok(places(path, scope)?.iter().any(|(.., rest)| !rest.is_empty()))
}

/// A slot that a path leads to, the key in it, and the names from where the path ends to the slot.
type Place = (&'static Slot, Option<Value>, Vec<&'static str>);

fn places(path: &OutPath, scope: &Scope<'_>) -> Result<Vec<Place>> {
    let mut names = vec![String::new()];
    let mut key = None;
    for segment in &path.segments {
        match segment {
            Segment::Field(field) => names.iter_mut().for_each(|name| *name = format!("{name}.{}", field.name)),
            Segment::Group(fields) => {
                let all =
                    names.iter().flat_map(|name| fields.iter().map(move |field| format!("{name}.{}", field.name)));
                names = all.collect();
            }
            Segment::Key(expr) => key = Some(scope.eval(expr)?),
        }
    }
    let mut places = Vec::new();
    for name in names {
        let name = &name[1..];
        let below = |slot: &&Slot| slot.path == name || slot.path.starts_with(&format!("{name}."));
        let slots: Vec<&'static Slot> = output::SLOTS.iter().filter(below).collect();
        assert!(!slots.is_empty(), "no slot at {name}");
        for slot in slots {
            let key = key.as_ref().map(|key| output::key(slot, key)).transpose()?;
            let rest = slot.path[name.len()..].split('.').filter(|part| !part.is_empty()).collect();
            places.push((slot, key, rest));
        }
    }
    Ok(places)
}
