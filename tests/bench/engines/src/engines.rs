//! Each engine with its policy compiled and its facts taken in, so that what is timed is evaluating and writing JSON.

use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;

use cel::{Context, Program};
use jrsonnet_evaluator::manifest::JsonFormat;
use jrsonnet_evaluator::trace::PathResolver;
use jrsonnet_evaluator::{IStr, State, apply_tla, tla::TlaArg};
use jrsonnet_stdlib::ContextInitializer;
use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::vm::RegoVM;
use serde_json::{Value, json};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Renders once: JSON.
pub(crate) type Render = Box<dyn FnMut() -> Result<String>>;
type Engine = fn(&Value) -> Result<Render>;

pub(crate) const ENGINES: [(&str, Engine); 5] = [
    ("minijinja", minijinja),
    ("regorus rvm", regorus_rvm),
    ("regorus", regorus),
    ("jrsonnet", jrsonnet),
    ("cel", cel),
];

const REGO: &str = include_str!("../policies/standard.rego");
const SPEC: &str = "data.standard.spec";

fn minijinja(facts: &Value) -> Result<Render> {
    let mut environment = minijinja::Environment::new();
    environment.add_template("standard", include_str!("../policies/standard.jinja"))?;
    let facts = minijinja::Value::from(minijinja::value::Serde(facts));
    Ok(Box::new(move || Ok(environment.get_template("standard")?.render(&facts)?)))
}

fn engine() -> Result<regorus::Engine> {
    let mut engine = regorus::Engine::new();
    engine.add_policy("standard.rego".to_owned(), REGO.to_owned()).map_err(text)?;
    Ok(engine)
}

fn regorus(facts: &Value) -> Result<Render> {
    let mut engine = engine()?;
    let facts = regorus::Value::from_json_str(&facts.to_string()).map_err(text)?;
    Ok(Box::new(move || {
        engine.set_input(facts.clone());
        engine.eval_rule(SPEC.to_owned()).and_then(|spec| spec.to_json_str()).map_err(text)
    }))
}

fn regorus_rvm(facts: &Value) -> Result<Render> {
    let compiled = engine()?.compile_with_entrypoint(&SPEC.into()).map_err(text)?;
    let program = Compiler::compile_from_policy(&compiled, &[SPEC]).map_err(text)?;
    let facts = regorus::Value::from_json_str(&facts.to_string()).map_err(text)?;
    let mut machine = RegoVM::new();
    machine.load_program(Arc::clone(&program));
    machine.set_data(regorus::Value::new_object()).map_err(text)?;
    Ok(Box::new(move || {
        machine.set_input(facts.clone());
        machine.execute().map_err(text)?.to_json_str().map_err(text)
    }))
}

fn jrsonnet(facts: &Value) -> Result<Render> {
    let mut builder = State::builder();
    builder.context_initializer(ContextInitializer::new(PathResolver::FileName));
    let state = builder.build();
    let _entered = state.enter();
    let policy =
        state.evaluate_snippet("standard.jsonnet", include_str!("../policies/standard.jsonnet")).map_err(text)?;
    // Read by the engine itself: what serde hands over as a large number would be a text.
    let facts = state.evaluate_snippet("facts.json", facts.to_string()).map_err(text)?;
    let arguments: HashMap<IStr, TlaArg> = HashMap::from([("s".into(), TlaArg::Val(facts))]);
    Ok(Box::new(move || {
        let _entered = state.try_enter();
        apply_tla(&arguments, policy.clone()).and_then(|spec| spec.manifest(JsonFormat::minify())).map_err(text)
    }))
}

fn cel(facts: &Value) -> Result<Render> {
    let program = Program::compile(include_str!("../policies/standard.cel")).map_err(text)?;
    let mut context = Context::default();
    context.add_variable("facts", facts).map_err(text)?;
    Ok(Box::new(move || {
        let spec = program.execute(&context).map_err(text)?;
        Ok(spec.json().map_err(text)?.to_string())
    }))
}

/// The part of a spec that the policy in CEL makes.
pub(crate) fn cel_part(spec: &Value) -> Value {
    let linux = |name: &str| spec.pointer(&format!("/linux/{name}")).cloned();
    json!({
        "process": spec.get("process"),
        "hostname": spec.get("hostname"),
        "devices": linux("resources/devices"),
        "namespaces": linux("namespaces"),
        "rootfsPropagation": linux("rootfsPropagation"),
        "maskedPaths": linux("maskedPaths"),
        "readonlyPaths": linux("readonlyPaths"),
    })
}

fn text(error: impl std::fmt::Display) -> Box<dyn Error> {
    error.to_string().into()
}
