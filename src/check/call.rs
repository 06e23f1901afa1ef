//! Calls of the language's functions.

use std::sync::Arc;

use super::Checker;
use super::scope::Typed;
use crate::diagnostics::{Diagnostic, code};
use crate::facts::datum::Kind;
use crate::ir::Expr;
use crate::schema::functions::{FUNCTIONS, Pattern, Signature};
use crate::schema::shape::Shape;
use crate::schema::types::{FieldType, RecordType, Type, Words};
use crate::source::Span;
use crate::syntax::ast::{self, Ident};

impl Checker<'_> {
    pub(super) fn call(
        &mut self,
        receiver: Option<&Ident>,
        function: &Ident,
        arguments: &[ast::Expr],
        span: Span,
    ) -> Option<Typed> {
        let name = match receiver {
            Some(receiver) => format!("{}.{}", receiver.name, function.name),
            None => function.name.to_string(),
        };
        let place = receiver.map_or(function.span, |receiver| receiver.span.to(function.span));
        let rows: Vec<&Signature> = FUNCTIONS.iter().filter(|row| row.name == name).collect();
        if rows.is_empty() {
            self.unknown_function(&name, place);
            return None;
        }
        let Some(row) = rows.iter().find(|row| row.parameters.len() == arguments.len()) else {
            let forms: Vec<String> = rows.iter().map(|row| form(row)).collect();
            self.report(
                Diagnostic::new(
                    code::ARITY,
                    format!(
                        "`{name}` does not take {} argument{}",
                        arguments.len(),
                        if arguments.len() == 1 { "" } else { "s" }
                    ),
                )
                .label(span, "")
                .help(format!("it is written {}", forms.join(" or "))),
            );
            return None;
        };
        self.apply(row, arguments, span)
    }

    fn unknown_function(&mut self, name: &str, place: Span) {
        let diagnostic = Diagnostic::new(code::UNKNOWN_FUNCTION, format!("there is no function `{name}`"))
            .label(place, "")
            .did_you_mean(place, name, FUNCTIONS.iter().map(|row| row.name));
        let diagnostic = match diagnostic.help {
            None => diagnostic.help("policies cannot define functions; small rules and `let`s take their place"),
            Some(_) => diagnostic,
        };
        self.report(diagnostic);
    }

    fn apply(&mut self, row: &Signature, arguments: &[ast::Expr], span: Span) -> Option<Typed> {
        let mut variable = Type::Never;
        let mut values = Vec::with_capacity(arguments.len());
        let mut sound = true;
        for (argument, (_, pattern)) in arguments.iter().zip(row.parameters) {
            match self.argument(row, *pattern, argument, &mut variable) {
                Some(typed) => values.push((typed, argument.span, *pattern)),
                None => sound = false,
            }
        }
        if !sound {
            return None;
        }
        let mut ids = Vec::with_capacity(values.len());
        for (typed, place, pattern) in values {
            // The variable is known in full only now: `index_of(numbers, x)` may have widened it.
            let typed = match pattern {
                Pattern::Var => self.fit(typed, &variable, place)?,
                Pattern::Listed | Pattern::Ordered => self.fit(typed, &Type::list(variable.clone()), place)?,
                _ => typed,
            };
            ids.push(typed.id);
        }
        let (ty, optional) = result(row.result, &variable);
        let id = self.builder.add(Expr::Call(row.function, ids.into()), span);
        Some(self.narrow(Typed { id, ty, optional, declared: None }))
    }

    fn argument(
        &mut self,
        row: &Signature,
        pattern: Pattern,
        argument: &ast::Expr,
        variable: &mut Type,
    ) -> Option<Typed> {
        let expected = match pattern {
            Pattern::Bool => Some(Type::Bool),
            Pattern::Int => Some(Type::Int),
            Pattern::Float => Some(Type::Float),
            Pattern::Text | Pattern::Literal => Some(Type::STRING),
            Pattern::List => Some(Type::list(Type::STRING)),
            Pattern::IntList => Some(Type::list(Type::Int)),
            _ => None,
        };
        if let Some(expected) = expected {
            let typed = self.expect(argument, &expected)?;
            if pattern == Pattern::Literal && !self.is_literal_text(&typed, argument.span) {
                return None;
            }
            return self.there(&typed, argument.span).then_some(typed);
        }
        let typed = self.expr(argument, None)?;
        if !self.there(&typed, argument.span) {
            return None;
        }
        let held = match (pattern, &typed.ty) {
            (Pattern::Printable, Type::Bool | Type::Int | Type::Float | Type::Text(_) | Type::Version)
            | (Pattern::Sized, Type::Text(_) | Type::List(_) | Type::Map(_)) => None,
            (_, Type::Never) => None,
            (Pattern::Var, ty) => Some(ty.clone()),
            (Pattern::Listed | Pattern::Ordered, Type::List(element)) => Some((**element).clone()),
            (Pattern::Map, Type::Map(value)) => Some((**value).clone()),
            (Pattern::Map, Type::Record(record)) => {
                let value = record.fields.iter().try_fold(Type::Never, |all, f| super::convert::join(&all, &f.ty));
                let Some(value) = value else {
                    self.no_map(record, argument.span);
                    return None;
                };
                let typed = self.fit(typed, &Type::map(value.clone()), argument.span)?;
                *variable = value;
                return Some(typed);
            }
            (_, ty) => {
                self.report(
                    Diagnostic::new(code::TYPE_MISMATCH, format!("`{}` does not take a `{ty}` here", row.name))
                        .label(argument.span, format!("this is `{ty}`"))
                        .help(format!("it is written {}: {}", form(row), row.doc.trim_end_matches('.'))),
                );
                return None;
            }
        };
        if pattern == Pattern::Ordered
            && let Some(held) = &held
        {
            self.order_kind(&Typed::new(typed.id, held.clone()), argument.span)?;
            // A list does not tell its versions from its texts when it is put in order.
            if *held == Type::Version {
                self.report(
                    Diagnostic::new(code::TYPE_MISMATCH, format!("`{}` does not take versions", row.name))
                        .label(argument.span, format!("this is `{}`", typed.ty))
                        .help("compare them with `<` and `>`, which go number by number"),
                );
                return None;
            }
        }
        if let Some(held) = held {
            match super::convert::join(variable, &held) {
                Some(joined) => *variable = joined,
                None => {
                    self.report(
                        Diagnostic::new(code::TYPE_MISMATCH, format!("`{held}` and `{variable}` do not go together"))
                            .label(argument.span, format!("this is `{}`", typed.ty)),
                    );
                    return None;
                }
            }
        }
        Some(typed)
    }

    fn is_literal_text(&mut self, typed: &Typed, span: Span) -> bool {
        let literal = matches!(self.builder.constant_of(typed.id).map(|datum| &datum.kind), Some(Kind::Text(_)));
        if !literal {
            self.report(
                Diagnostic::new(code::NOT_CONSTANT, "this pattern must be written out")
                    .label(span, "not a plain text")
                    .help("what a policy can look for on a host is fixed, so that a recording can hold it"),
            );
        }
        literal
    }
}

fn form(row: &Signature) -> String {
    let names: Vec<&str> = row.parameters.iter().map(|(name, _)| *name).collect();
    format!("`{}({})`", row.name, names.join(", "))
}

fn result(pattern: Pattern, variable: &Type) -> (Type, bool) {
    let ty = match pattern {
        Pattern::Optional(inner) => return (result(*inner, variable).0, true),
        Pattern::Bool => Type::Bool,
        Pattern::Int => Type::Int,
        Pattern::Float => Type::Float,
        Pattern::List => Type::list(Type::STRING),
        Pattern::IntList => Type::list(Type::Int),
        Pattern::Listed | Pattern::Ordered => Type::list(variable.clone()),
        Pattern::Map => Type::map(variable.clone()),
        Pattern::Var => variable.clone(),
        Pattern::DeviceType => device_type(),
        Pattern::PathType => Type::Text(Words::of(["file", "dir", "device", "socket", "other"])),
        Pattern::Text | Pattern::Literal | Pattern::Printable | Pattern::Sized => Type::STRING,
    };
    (ty, false)
}

/// `{ path, type, major, minor, fileMode?, uid?, gid? }`
fn device_type() -> Type {
    let kind = Type::Text(Words::of(["c", "b"]));
    let fields = [
        ("path", Type::STRING, false),
        ("type", kind, false),
        ("major", Shape::I64.ty(), false),
        ("minor", Shape::I64.ty(), false),
        ("fileMode", Type::Int, true),
        ("uid", Type::Int, true),
        ("gid", Type::Int, true),
    ];
    let fields = fields.map(|(name, ty, optional)| FieldType { name: name.into(), ty, optional });
    Type::Record(Arc::new(RecordType { fields: fields.into(), tags: Vec::new() }))
}
