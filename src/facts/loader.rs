//! What the deployment's own loader refuses beyond shapes and types, and no rule reads: warnings.

use std::fmt::{self, Display};

use indexmap::IndexSet;

use super::cron::is_schedule;
use super::deployment::{Deployment, Service};
use super::findings::Findings;
use super::quantity;
use super::text::{shown, suggest};
use super::view::View;
use crate::diagnostics::{Diagnostic, Severity, code};
use crate::facts::datum::Kind;
use crate::schema::facts::{FactSchema, wasm};
use crate::source::Span;

/// The fields of a service, beside its image, that can be refused.
const REFUSABLE: [&str; 6] = ["rtype", "schedule", "endpoints", "scale", "depends", "wasm"];

/// Warns of all that the loader would refuse.
pub(super) fn check(schema: &FactSchema, deployment: &Deployment, found: &mut Findings) {
    let shape = schema.deployment();
    let around = View::new(&shape, &deployment.around);
    let mut loader = Loader { deployment, found };
    loader.name(around);
    for (name, external) in around.named("externals") {
        let at = fmt::from_fn(|f| write!(f, "externals.{}", shown(name)));
        if external.list("backends").is_empty() {
            loader.warn(external.span(), format!("`{at}` has no `backends`"));
        }
        loader.endpoints(&at, external);
    }
    for (name, tunnel) in around.named("tunnels") {
        for field in ["local_port", "remote_port"].into_iter().filter(|field| tunnel.int(field) == Some(0)) {
            loader.warn(tunnel.get(field).span, format!("`tunnels.{}.{field}` is port 0", shown(name)));
        }
    }
    for (name, service) in &deployment.services {
        let at = fmt::from_fn(|f| write!(f, "services.{}", shown(name)));
        loader.service(&at, service, View::new(&schema.service, &service.facts));
    }
}

struct Loader<'a> {
    deployment: &'a Deployment,
    found: &'a mut Findings,
}

impl Loader<'_> {
    fn warn(&mut self, span: Span, message: String) {
        let diagnostic = Diagnostic::new(code::LOADER_WOULD_REFUSE, message).label(span, "");
        self.found.push(diagnostic.help("the agent's own loader refuses this deployment"));
    }

    fn name(&mut self, around: View<'_>) {
        let name = &*self.deployment.name;
        let letters = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if !letters || name.starts_with('-') || !(3..=63).contains(&name.len()) {
            let what = "3 to 63 letters, digits and `-`, the first no `-`";
            self.warn(around.get("deployment").span, format!("`deployment`: `{}` is not {what}", shown(name)));
        }
    }

    fn service(&mut self, at: &dyn Display, service: &Service, view: View<'_>) {
        if let Some(image) = view.record("image")
            && image.text("name").is_some_and(|name| name.trim().is_empty())
        {
            self.warn(image.get("name").span, format!("`{at}.image.name` is blank"));
        }
        // What is left out has its default, which nobody refuses.
        if !view.fields().any(|(name, datum)| !datum.span.is_none() && REFUSABLE.contains(&name)) {
            return;
        }
        self.endpoints(at, view);
        self.schedule(at, service, view);
        if let Some(scale) = view.record("scale") {
            self.range(&format_args!("{at}.scale"), scale, ["min", "max"]);
        }
        for dependency in view.records("depends") {
            self.dependency(at, dependency);
        }
        if let Some(wasm) = view.record("wasm") {
            self.wasm(at, view, wasm);
        }
    }

    fn endpoints(&mut self, at: &dyn Display, view: View<'_>) {
        let mut names: IndexSet<&str> = IndexSet::new();
        for (index, endpoint) in view.records("endpoints").enumerate() {
            let at = format_args!("{at}.endpoints[{index}]");
            let name = endpoint.text("name").unwrap_or_default();
            let span = endpoint.get("name").span;
            if name.trim().is_empty() {
                self.warn(span, format!("`{at}` has no name"));
            } else if names.contains(name) {
                self.warn(span, format!("`{at}`: another endpoint is called `{}` too", shown(name)));
            }
            names.insert(name);
            for port in ["port", "target_port"].into_iter().filter(|port| endpoint.int(port) == Some(0)) {
                self.warn(endpoint.get(port).span, format!("`{at}.{port}` is port 0"));
            }
            let access = endpoint.record("tunnel").and_then(|tunnel| tunnel.record("access"));
            if let Some((access, ttl)) = access.and_then(|access| Some((access, access.text("max_ttl")?)))
                && quantity::duration(ttl).is_err()
            {
                let message = format!("`{at}.tunnel.access.max_ttl`: `{}` is no duration", shown(ttl));
                self.warn(access.get("max_ttl").span, message);
            }
        }
    }

    fn schedule(&mut self, at: &dyn Display, service: &Service, view: View<'_>) {
        let cron = view.text("rtype") == Some("cron");
        let span = view.get("schedule").span;
        match view.text("schedule") {
            Some(_) if !cron => self.warn(span, format!("`{at}.schedule` is only for `rtype: cron`")),
            Some(line) if !is_schedule(line) => {
                let message = format!("`{at}.schedule`: `{}` is no cron line of six or seven fields", shown(line));
                self.warn(span, message);
            }
            None if cron => self.warn(service.name, format!("`{at}` is a cron service without a `schedule`")),
            Some(_) | None => {}
        }
    }

    fn range(&mut self, at: &dyn Display, view: View<'_>, [least, greatest]: [&str; 2]) {
        if let (Some(min), Some(max)) = (view.int(least), view.int(greatest))
            && min > max
        {
            self.warn(view.get(least).span, format!("`{at}`: `{least}` ({min}) is above `{greatest}` ({max})"));
        }
    }

    fn dependency(&mut self, at: &dyn Display, dependency: View<'_>) {
        let Some(name) = dependency.text("service") else { return };
        if self.deployment.services.contains_key(name) {
            return;
        }
        let services = &self.deployment.services;
        self.found.push_with(Severity::Warning, || {
            let span = dependency.get("service").span;
            let message = format!("`{at}.depends`: the deployment has no service `{}`", shown(name));
            let diagnostic = Diagnostic::new(code::LOADER_WOULD_REFUSE, message).label(span, "");
            suggest(diagnostic, span, name, services.keys().map(|name| &**name))
        });
    }

    fn wasm(&mut self, at: &dyn Display, service: View<'_>, wasm: View<'_>) {
        let kind = service.text("service_type").unwrap_or_default();
        let at = format_args!("{at}.wasm");
        let Some((_, calls)) = wasm::CALLS.iter().find(|(name, _)| *name == kind) else {
            self.warn(wasm.span(), format!("`{at}` is not for a service of type `{kind}`"));
            return;
        };
        self.range(&at, wasm, ["min_instances", "max_instances"]);
        if let Some(memory) = wasm.text("max_memory").filter(|memory| !is_binary_size(memory)) {
            let message = format!("`{at}.max_memory`: `{}` is no size in Ki, Mi, Gi or Ti", shown(memory));
            self.warn(wasm.get("max_memory").span, message);
        }
        let asked = wasm.record("capabilities").into_iter().flat_map(|calls| calls.fields());
        for (name, datum) in asked.filter(|(name, datum)| datum.kind == Kind::Bool(true) && !calls.contains(name)) {
            let span = if datum.span.is_none() { wasm.get("capabilities").span } else { datum.span };
            self.warn(span, format!("`{at}.capabilities.{name}` is more than a `{kind}` may call"));
        }
        let mut endpoints = service.records("endpoints").map(|endpoint| endpoint.text("protocol")).peekable();
        let http = |protocol: Option<&str>| matches!(protocol, Some("http" | "https"));
        if kind == "wasm_http" && endpoints.peek().is_some() && !endpoints.any(http) {
            self.warn(service.get("endpoints").span, format!("`{at}` has endpoints but none that speaks http"));
        }
        for (index, preopen) in wasm.records("preopens").enumerate() {
            for side in ["source", "target"].into_iter().filter(|side| preopen.text(side) == Some("")) {
                self.warn(preopen.get(side).span, format!("`{at}.preopens[{index}].{side}` is empty"));
            }
        }
    }
}

/// A positive number with `Ki`, `Mi`, `Gi` or `Ti`, which is all that the loader takes.
fn is_binary_size(text: &str) -> bool {
    let number = ["Ki", "Mi", "Gi", "Ti"].iter().find_map(|unit| text.strip_suffix(unit));
    number.and_then(|number| number.parse::<u64>().ok()).is_some_and(|number| number > 0)
}
