//! Names, fields and indices.

use std::sync::Arc;

use super::Checker;
use super::convert::{intersect, narrow};
use super::scope::{Known, Local, Typed};
use crate::diagnostics::{Diagnostic, code};
use crate::facts::datum::{Datum, Kind};
use crate::ir::{Expr, ExprId};
use crate::schema::facts::Root;
use crate::schema::output::{Member, MemberKind, Node};
use crate::schema::types::{FieldType, RecordType, Type, Word, Words};
use crate::source::Span;
use crate::syntax::ast::{self, ExprKind, Ident};

/// The roots of facts, as they are written.
pub(super) const ROOTS: [(&str, Root); 4] =
    [("service", Root::Service), ("container", Root::Container), ("image", Root::Image), ("options", Root::Options)];

/// Whether a name means something in every policy.
pub(super) fn is_taken(name: &str) -> bool {
    ROOTS.iter().any(|(root, _)| *root == name) || matches!(name, "host" | "spec" | "previous" | "files")
}

impl Checker<'_> {
    pub(super) fn name(&mut self, name: &str, span: Span) -> Option<Typed> {
        if let Some(local) = self.locals.iter().rev().find(|local| &*local.name == name) {
            let value = local.value.clone();
            return Some(self.narrow(value));
        }
        if name == "previous"
            && let Some(previous) = self.previous.clone()
        {
            return Some(self.narrow(previous));
        }
        if let Some(found) = self.global(name) {
            return found;
        }
        if let Some((_, root)) = ROOTS.iter().find(|(known, _)| *known == name) {
            let id = self.builder.add(Expr::Fact(*root, Box::new([])), span);
            return Some(Typed::new(id, self.root_types.get(*root)));
        }
        match (name, self.spec_is_readable) {
            ("spec", true) => Some(self.spec(span)),
            ("spec", false) => {
                self.report(
                    Diagnostic::new(code::UNKNOWN_NAME, "rules cannot read `spec`")
                        .label(span, "only invariants and tests can")
                        .help("rules read facts and never what other rules wrote; share a value through a `let`"),
                );
                None
            }
            ("previous", _) => {
                self.report(
                    Diagnostic::new(code::UNKNOWN_NAME, "there is no `previous` here")
                        .label(span, "")
                        .help("it is the value that a let had: write it in `replace let … = …`"),
                );
                None
            }
            ("host", _) => {
                self.report(
                    Diagnostic::new(code::UNKNOWN_NAME, "`host` is no value of its own")
                        .label(span, "")
                        .help("read a field of it, such as `host.cgroup`, or ask `host.device(path)`"),
                );
                None
            }
            _ if self.broken.contains(name) => {
                let absent = self.absent(span);
                Some(Typed::new(absent, Type::Never))
            }
            _ => {
                let names = self.names();
                self.report(
                    Diagnostic::new(code::UNKNOWN_NAME, format!("nothing is called `{name}`"))
                        .label(span, "")
                        .did_you_mean(span, name, names.iter().map(|n| &**n)),
                );
                None
            }
        }
    }

    /// Every name that could stand here.
    fn names(&self) -> Vec<Word> {
        let locals = self.locals.iter().map(|local| local.name.to_string().into());
        let roots = ROOTS.iter().map(|(name, _)| *name).chain(["host", "spec"]).map(Word::from);
        locals.chain(self.lets.keys().map(|name| name.to_string().into())).chain(roots).collect()
    }

    pub(super) fn refuse_shadowing(&mut self, name: &Ident) {
        let earlier = self.locals.iter().rev().find(|local: &&Local| local.name == name.name).map(|local| local.span);
        let earlier = earlier.or_else(|| self.lets.get(&*name.name).map(|binding| binding.span));
        if earlier.is_none() && !is_taken(&name.name) {
            return;
        }
        let mut diagnostic =
            Diagnostic::new(code::DUPLICATE_NAME, format!("`{}` already means something here", name.name))
                .label(name.span, "second meaning")
                .help("take another name: names never hide one another");
        if let Some(earlier) = earlier {
            diagnostic = diagnostic.label(earlier, "first meaning");
        }
        self.report(diagnostic);
    }

    pub(super) fn field(&mut self, base: &ast::Expr, field: &Ident, span: Span) -> Option<Typed> {
        if matches!(&base.kind, ExprKind::Name(name) if &**name == "host") {
            return self.host_field(field, span);
        }
        let base_typed = self.expr(base, None)?;
        let typed = self.field_of(&base_typed, base.span, field, span)?;
        Some(self.narrow(typed))
    }

    fn field_of(&mut self, base: &Typed, base_span: Span, field: &Ident, span: Span) -> Option<Typed> {
        match &base.ty {
            Type::Record(record) => {
                let Some(index) = record.index_of(&field.name) else {
                    if self.broken_facts.contains(&*field.name) {
                        return Some(Typed::new(self.absent(span), Type::Never));
                    }
                    let names = record.fields.iter().map(|f| &*f.name);
                    let text = self.snippet(base_span);
                    let mut diagnostic =
                        Diagnostic::new(code::UNKNOWN_FIELD, format!("`{text}` has no field `{}`", field.name))
                            .label(field.span, "")
                            .did_you_mean(field.span, &field.name, names.clone());
                    if diagnostic.help.is_none() {
                        let names: Vec<&str> = names.collect();
                        diagnostic = diagnostic.help(format!("its fields: {}", names.join(", ")));
                    }
                    self.report(diagnostic);
                    return None;
                };
                let declared = record.fields.get(index)?;
                let optional = self.field_presence(base, base_span, record, index, field)?;
                let id = self.builder.add(Expr::Field(base.id, narrow(index)), span);
                Some(Typed { id, ty: declared.ty.clone(), optional: optional || base.optional, declared: None })
            }
            Type::Map(value) => {
                let ty = (**value).clone();
                let key = self.builder.text(&field.name, field.span);
                Some(Typed::optional(self.builder.add(Expr::Entry(base.id, key), span), ty))
            }
            Type::Never => Some(base.clone()),
            ty => {
                self.report(
                    Diagnostic::new(code::UNKNOWN_FIELD, format!("a `{ty}` has no fields"))
                        .label(field.span, "")
                        .label(base_span, format!("this is `{ty}`")),
                );
                None
            }
        }
    }

    /// Whether a field may be absent, given which tags its record can still have; none if some tag does not have
    /// the field at all, which is reported.
    fn field_presence(
        &mut self,
        base: &Typed,
        base_span: Span,
        record: &RecordType,
        index: usize,
        field: &Ident,
    ) -> Option<bool> {
        let declared = record.fields.get(index)?;
        if record.tags.is_empty() || index == 0 {
            return Some(declared.optional);
        }
        let tag = self.builder.add(Expr::Field(base.id, 0), field.span);
        let tag_type = record.fields.first()?.ty.clone();
        let possible = self.narrow(Typed::new(tag, tag_type));
        let is_possible = |name: &str| match &possible.ty {
            Type::Text(Words::Closed(words)) => words.words.contains(name),
            _ => true,
        };
        let of_tag =
            |tag: &crate::schema::types::TagType| tag.fields.iter().find(|(i, _)| *i == index).map(|(_, o)| *o);
        let tags: Vec<_> =
            record.tags.iter().filter(|tag| is_possible(&tag.tag)).map(|tag| (&tag.tag, of_tag(tag))).collect();
        if let Some((without, _)) = tags.iter().find(|(_, presence)| presence.is_none()) {
            let base_text = self.snippet(base_span).to_owned();
            let tag_name = &record.fields.first()?.name;
            let having: Vec<String> =
                record.tags.iter().filter(|tag| of_tag(tag).is_some()).map(|tag| format!("{:?}", tag.tag)).collect();
            let test = match having.as_slice() {
                [one] => format!("{base_text}.{tag_name} == {one}"),
                many => format!("{base_text}.{tag_name} in [{}]", many.join(", ")),
            };
            self.report(
                Diagnostic::new(
                    code::NOT_THIS_TAG,
                    format!("`{base_text}` has no `{}` if its {tag_name} is {without:?}", field.name),
                )
                .label(field.span, "")
                .help(format!("ask first: `when {test}`")),
            );
            return None;
        }
        Some(tags.iter().any(|(_, presence)| *presence == Some(true)))
    }

    fn host_field(&mut self, field: &Ident, span: Span) -> Option<Typed> {
        let fields = self.host_fields.clone();
        let Some((host_field, _, shape)) = fields.iter().find(|(_, name, _)| *name == &*field.name) else {
            let functions = crate::schema::functions::FUNCTIONS.iter().filter_map(|f| f.name.strip_prefix("host."));
            let is_function = functions.clone().any(|name| name == &*field.name);
            let mut diagnostic = Diagnostic::new(code::UNKNOWN_FIELD, format!("`host` has no field `{}`", field.name))
                .label(field.span, "")
                .did_you_mean(field.span, &field.name, fields.iter().map(|(_, name, _)| *name).chain(functions));
            if is_function {
                diagnostic = diagnostic.help(format!("it is a function: `host.{}(…)`", field.name));
            }
            self.report(diagnostic);
            return None;
        };
        let id = self.builder.add(Expr::Host(*host_field), span);
        let optional =
            matches!(host_field, crate::schema::facts::HostField::Subuid | crate::schema::facts::HostField::Subgid);
        let typed = Typed { id, ty: shape.ty(), optional, declared: None };
        Some(self.narrow(typed))
    }

    pub(super) fn index(&mut self, base: &ast::Expr, key: &ast::Expr, span: Span) -> Option<Typed> {
        let base_typed = self.expr(base, None)?;
        let typed = match &base_typed.ty {
            Type::List(element) => {
                let element = (**element).clone();
                let key = self.required(key, &Type::Int)?;
                Typed::optional(self.builder.add(Expr::Element(base_typed.id, key), span), element)
            }
            Type::Map(value) => {
                let value = (**value).clone();
                let key = self.required(key, &Type::STRING)?;
                Typed::optional(self.builder.add(Expr::Entry(base_typed.id, key), span), value)
            }
            Type::Record(_) if matches!(&key.kind, ExprKind::Text(pieces) if super::text::whole_text(pieces).is_some()) =>
            {
                let ExprKind::Text(pieces) = &key.kind else { return None };
                let name = super::text::whole_text(pieces)?;
                self.field_of(&base_typed, base.span, &Ident { name: name.into(), span: key.span }, span)?
            }
            Type::Record(record) => {
                let record = record.clone();
                self.table_lookup(&base_typed, &record, key, span)?
            }
            Type::Never => base_typed,
            ty => {
                self.report(
                    Diagnostic::new(code::TYPE_MISMATCH, format!("a `{ty}` cannot be indexed"))
                        .label(base.span, format!("this is `{ty}`"))
                        .help("lists are indexed by number, maps by text"),
                );
                return None;
            }
        };
        Some(self.narrow(typed))
    }

    /// A record literal used as a table: `modes[name]`.
    fn table_lookup(&mut self, base: &Typed, record: &RecordType, key: &ast::Expr, span: Span) -> Option<Typed> {
        let mut value = Type::Never;
        for field in &record.fields {
            value = super::convert::join(&value, &field.ty).or_else(|| {
                self.report(
                    Diagnostic::new(
                        code::TYPE_MISMATCH,
                        "a record with fields of different types cannot be looked up in",
                    )
                    .label(span, format!("this is `{record}`"))
                    .help("write the field's name after a dot"),
                );
                None
            })?;
        }
        let map = self.fit(base.clone(), &Type::map(value.clone()), span)?;
        let key = self.required(key, &Type::STRING)?;
        Some(Typed::optional(self.builder.add(Expr::Entry(map.id, key), span), value))
    }

    /// The first prefix of a dotted path of facts whose last field may be absent.
    pub(super) fn first_optional(&self, path: &str) -> Option<String> {
        let mut parts = path.split('.');
        let first = parts.next()?;
        let (mut ty, mut taken) = match self.locals.iter().rev().find(|local| &*local.name == first) {
            Some(local) => (local.value.ty.clone(), first.to_owned()),
            None => {
                let binding = self.lets.get(first).and_then(|binding| binding.value.clone());
                match (ROOTS.iter().find(|(name, _)| *name == first), binding) {
                    (Some((_, root)), _) => (self.root_types.get(*root), first.to_owned()),
                    (None, Some(value)) if value.optional => return Some(first.to_owned()),
                    (None, Some(value)) => (value.ty, first.to_owned()),
                    (None, None) => return None,
                }
            }
        };
        for part in parts {
            let Type::Record(record) = &ty else { return None };
            let field = record.fields.get(record.index_of(part)?)?.clone();
            taken = format!("{taken}.{part}");
            if field.optional {
                return Some(taken);
            }
            ty = field.ty;
        }
        None
    }

    /// The finished spec as a record of records; made once.
    fn spec(&mut self, span: Span) -> Typed {
        if let Some(spec) = &self.spec {
            return spec.clone();
        }
        let output = self.output;
        let (id, ty) = self.spec_record(&output.root, span);
        let spec = Typed::new(id, ty);
        self.spec = Some(spec.clone());
        spec
    }

    fn spec_record(&mut self, node: &Node, span: Span) -> (ExprId, Type) {
        let mut ids = Vec::with_capacity(node.members.len());
        let mut fields = Vec::with_capacity(node.members.len());
        for Member { name, kind } in &node.members {
            let (id, ty, optional) = match kind {
                MemberKind::Record { node, .. } => {
                    let (id, ty) = self.spec_record(node, span);
                    (id, ty, false)
                }
                MemberKind::Slot(index) => {
                    let id = self.builder.add(Expr::Spec(*index), span);
                    let slot = self.output.slots.get(*index);
                    let ty = slot.map_or(Type::Never, crate::schema::output::Slot::read_type);
                    let single = slot.is_some_and(crate::schema::output::Slot::read_optional);
                    (id, ty, single)
                }
            };
            ids.push(id);
            fields.push(FieldType { name: Word::Borrowed(name), ty, optional });
        }
        let id = self.builder.add(Expr::Record(ids.into()), span);
        (id, Type::Record(Arc::new(RecordType { fields, tags: Vec::new() })))
    }

    /// That a value equals a constant, or one of several.
    pub(super) fn narrowed_words(&self, subject: &Typed, other: &Words) -> Words {
        match &subject.ty {
            Type::Text(words) => intersect(words, other),
            _ => other.clone(),
        }
    }

    /// Whether a value stands for one with a mistake of its own, which is not judged once more.
    pub(super) fn is_unknown(&self, typed: &Typed) -> bool {
        self.builder.constant_of(typed.id).is_some_and(Datum::is_absent)
    }

    pub(super) fn absent(&mut self, span: Span) -> ExprId {
        self.builder.constant(Datum::new(Kind::Absent), span)
    }

    /// That a key is in a map: its entry is there.
    pub(super) fn entry_presence(&mut self, map: ExprId, key: ExprId, span: Span) -> Vec<Known> {
        let entry = self.builder.add(Expr::Entry(map, key), span);
        self.presence(entry)
    }
}
