//! `fact` items: fields that deployments or callers may give beyond the built-in schema.

use std::sync::Arc;

use indexmap::IndexSet;

use super::Checker;
use crate::diagnostics::{Diagnostic, code};
use crate::facts::datum::{Datum, Kind};
use crate::schema::facts::{FactSchema, Root};
use crate::schema::output::OutputSchema;
use crate::schema::shape::{FieldShape, Presence, RecordShape, Shape};
use crate::schema::types::{ClosedWords, Type, Words};
use crate::schema::vocabulary::CAPABILITY;
use crate::source::{SourceMap, Span};
use crate::syntax::ast::{self, TypeExpr, TypeKind};

/// What the reference says of a field that a rule file declares.
const DOC: &str = "Declared by the policy.";

/// Adds what rule files declare to the facts' schema. The names of fields whose declaration has a mistake are
/// returned: that they are not there is no mistake of those who read them.
pub(super) fn declare(
    facts: &[ast::Fact],
    schema: &mut FactSchema,
    sources: &SourceMap,
    output: &'static OutputSchema,
    diagnostics: &mut Vec<Diagnostic>,
) -> IndexSet<Box<str>> {
    let mut broken = IndexSet::new();
    for fact in facts {
        let declared = field(fact, |default, shape| {
            // A default can use nothing but literals: facts are read before any let is known.
            let mut checker = Checker::new(sources, output, schema);
            let typed = checker.expect(default, &shape.ty());
            let datum = typed.map(|typed| checker.builder.constant_of(typed.id).cloned());
            diagnostics.extend(checker.found);
            let datum = datum.ok_or(None)?;
            datum.filter(|datum| !matches!(datum.kind, Kind::Absent)).ok_or_else(|| {
                let wanted = format!("expected a constant `{}`", shape.ty());
                let diagnostic = Diagnostic::new(code::NOT_CONSTANT, "the default of a fact must be constant");
                Some(Box::new(diagnostic.label(default.span, wanted)))
            })
        });
        let added = declared.and_then(|(root, path, field)| {
            let span = fact.path.first().zip(fact.path.last()).map_or(Span::NONE, |(a, b)| a.span.to(b.span));
            schema.extend(root, &path, field).map_err(|error| Some(bad(&error.to_string(), span, "name another field")))
        });
        if let Err(mistake) = added {
            diagnostics.extend(mistake.map(|diagnostic| *diagnostic));
            broken.extend(fact.path.last().map(|name| name.name.clone()));
        }
    }
    broken
}

fn bad(message: &str, span: Span, help: &str) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(code::BAD_FACT, message).label(span, "").help(help))
}

/// None if the mistake is reported already.
type Mistake = Option<Box<Diagnostic>>;

type Declared<'f> = (Root, Vec<&'f str>, FieldShape);

fn field(
    fact: &ast::Fact,
    constant: impl FnOnce(&ast::Expr, &Shape) -> Result<Datum, Mistake>,
) -> Result<Declared<'_>, Mistake> {
    const ROOTS: &str = "deployments give `service.…`, callers give `options.…`";
    let [root, parents @ .., name] = fact.path.as_slice() else {
        return Err(Some(bad("a fact needs a root and a name", fact.ty.span, ROOTS)));
    };
    let root = match &*root.name {
        "service" => Root::Service,
        "options" => Root::Options,
        other => return Err(Some(bad(&format!("`{other}` cannot have facts of its own"), root.span, ROOTS))),
    };
    let (ty, optional) = match &fact.ty.kind {
        TypeKind::Optional(inner) => (&**inner, true),
        _ => (&fact.ty, false),
    };
    let shape = shape(ty).map_err(Some)?;
    let presence = match &fact.default {
        None => Presence::Optional,
        Some(_) if optional => {
            let message = format!("`{}` has a default, so it is never absent", name.name);
            return Err(Some(bad(&message, fact.ty.span, "take out the `?` or the default")));
        }
        Some(default) => Presence::Default(constant(default, &shape)?),
    };
    let path = parents.iter().map(|part| &*part.name).collect();
    Ok((root, path, FieldShape { name: name.name.to_string().into(), alias: None, shape, presence, doc: DOC }))
}

/// The shape that a written type stands for.
fn shape(ty: &TypeExpr) -> Result<Shape, Box<Diagnostic>> {
    Ok(match &ty.kind {
        TypeKind::Name(name) => return named(name, ty),
        TypeKind::Word(word) => Shape::Words(Words::of([word.to_string()])),
        TypeKind::List(element) => Shape::list(shape(element)?),
        TypeKind::Map(value) => Shape::map(shape(value)?),
        TypeKind::Union(types) => Shape::Words(union(types)?),
        TypeKind::Record(fields) => {
            let fields: Result<Vec<FieldShape>, Box<Diagnostic>> = fields
                .iter()
                .map(|(name, ty)| {
                    let (ty, presence) = match &ty.kind {
                        TypeKind::Optional(inner) => (&**inner, Presence::Optional),
                        _ => (ty, Presence::Required),
                    };
                    Ok(FieldShape {
                        name: name.name.to_string().into(),
                        alias: None,
                        shape: shape(ty)?,
                        presence,
                        doc: DOC,
                    })
                })
                .collect();
            Shape::Record(Arc::new(RecordShape { name: "record".into(), fields: fields?, tags: Vec::new() }))
        }
        TypeKind::Optional(_) => {
            let help = "lists and maps simply do not have what is absent";
            return Err(bad("only a whole fact or a field of a record can be optional", ty.span, help));
        }
    })
}

fn named(name: &str, ty: &TypeExpr) -> Result<Shape, Box<Diagnostic>> {
    const NAMES: [&str; 7] = ["Bool", "Int", "Float", "String", "Capability", "List", "Map"];
    match name {
        "Bool" => Ok(Shape::Bool),
        "Int" => Ok(Shape::Int { min: i128::from(i64::MIN), max: i128::from(u64::MAX) }),
        "Float" => Ok(Shape::Float),
        "String" => Ok(Shape::TEXT),
        "Capability" => Ok(Shape::words(&CAPABILITY)),
        _ => {
            let diagnostic = Diagnostic::new(code::UNKNOWN_TYPE, format!("there is no type `{name}`"))
                .label(ty.span, "")
                .did_you_mean(ty.span, name, NAMES);
            Err(Box::new(match diagnostic.help {
                Some(_) => diagnostic,
                None => diagnostic.help("types are Bool, Int, Float, String, Capability, List<T>, Map<String, T>, { a: T } and \"x\" | \"y\""),
            }))
        }
    }
}

fn union(types: &[TypeExpr]) -> Result<Words, Box<Diagnostic>> {
    let mut all: Option<ClosedWords> = None;
    for ty in types {
        let Type::Text(Words::Closed(words)) = shape(ty)?.ty() else {
            let help = "write texts such as \"a\" | \"b\", and `Capability`";
            return Err(bad("only words can be alternatives of one another", ty.span, help));
        };
        all = Some(match all {
            None => (*words).clone(),
            Some(mut all) => {
                all.vocabulary = all.vocabulary.or(words.vocabulary);
                all.words.extend(words.words.iter().cloned());
                all
            }
        });
    }
    Ok(all.map_or(Words::Open, |words| Words::Closed(Arc::new(words))))
}
