//! What must not matter, on generated policies: each property renders the same in two ways.

use std::cell::RefCell;
use std::sync::Arc;
use std::thread;

use plimsoll::diagnostics::Report;
use plimsoll::eval::Arena;
use plimsoll::facts::record::Recorder;
use plimsoll::facts::request::Request;
use plimsoll::output::json::Style;
use plimsoll::policy::{Layers, Policy};
use plimsoll::source::SourceMap;
use plimsoll::stream::Stream;
use proptest::test_runner::{TestCaseError, TestCaseResult};
use serde_json::Value as Json;

use super::host::Machine;
use super::made::{FRAME, Made};
use super::{codes, facts, hold};

/// What comes of a request: the spec and the warnings, or the codes that refuse it.
fn render(policy: &Policy, request: &str) -> (Vec<u8>, Vec<String>) {
    let (facts, arena) = (facts(policy, request), Arena::new());
    match policy.render(&facts, &arena) {
        Ok(rendered) => {
            let warnings = rendered.warnings().diagnostics.into_iter().map(|warning| warning.message).collect();
            (rendered.json(Style::Compact).expect("a small spec"), warnings)
        }
        Err(report) => (Vec::new(), refused(&report)),
    }
}

fn refused(report: &Report) -> Vec<String> {
    codes(report).into_iter().map(str::to_owned).collect()
}

fn same<T: PartialEq + std::fmt::Debug>(made: &Made, left: &T, right: &T) -> TestCaseResult {
    if left == right {
        return Ok(());
    }
    Err(TestCaseError::fail(format!("{}\n{left:?}\n{right:?}", made.text())))
}

/// With every list sorted, whatever was in it.
fn without_order(mut spec: Json) -> Json {
    match &mut spec {
        Json::Array(values) => {
            let sorted = values.iter_mut().map(|value| without_order(value.take()));
            let mut sorted: Vec<Json> = sorted.collect();
            sorted.sort_by_key(ToString::to_string);
            Json::Array(sorted)
        }
        Json::Object(fields) => {
            fields.values_mut().for_each(|value| *value = without_order(value.take()));
            spec
        }
        _ => spec,
    }
}

#[test]
fn the_order_of_files_and_rules_changes_only_the_order_of_lists() {
    hold(150, |made| {
        let Ok(policy) = made.compile() else { return Ok(()) };
        let mut turned = made.clone();
        turned.layers.reverse();
        for layer in &mut turned.layers {
            layer.reverse();
            let names: Vec<String> = layer.iter().map(|(name, _)| name.clone()).collect();
            for ((name, items), other) in layer.iter_mut().zip(names.into_iter().rev()) {
                *name = other;
                items.reverse();
            }
        }
        let other = match turned.compile() {
            Ok(other) => other,
            Err(report) => return Err(TestCaseError::fail(format!("{}\n{report}", turned.text()))),
        };
        for service in &made.services {
            let (left, right) = (render(&policy, &service.request()), render(&other, &service.request()));
            let json = |bytes: &[u8]| serde_json::from_slice(bytes).map(without_order).ok();
            same(made, &json(&left.0), &json(&right.0))?;
            let sorted = |mut texts: Vec<String>| {
                texts.sort();
                texts
            };
            // Of several mistakes that come together only those that were come to first may be told.
            if !left.0.is_empty() {
                same(made, &sorted(left.1), &sorted(right.1))?;
            }
        }
        Ok(())
    });
}

#[test]
fn a_rule_that_never_applies_changes_nothing() {
    let never = r#"rule zz.never when container.replica < 0 and service.privileged {
        force process.env["NEVER"] = "1" because "tests"  hostname = "never"  deny "never"
        for k, v in service.env { force unset mounts because "tests"  warn "{k}" }
    }"#;
    hold(150, |made| {
        let Ok(policy) = made.compile() else { return Ok(()) };
        for place in 0..2 {
            let mut more = made.clone();
            let layer = if place == 0 { more.layers.first_mut() } else { more.layers.last_mut() };
            layer.unwrap().push((format!("{}never.plim", ["+", "zz"][place]), vec![never.to_owned()]));
            let other = more.compile().unwrap_or_else(|report| panic!("{report}"));
            for service in &made.services {
                same(made, &render(&policy, &service.request()), &render(&other, &service.request()))?;
            }
        }
        Ok(())
    });
}

#[test]
fn layout_changes_nothing() {
    hold(150, |made| {
        let Ok(policy) = made.compile() else { return Ok(()) };
        let mut laid_out = made.clone();
        for (name, items) in laid_out.layers.iter_mut().flatten() {
            let mut sources = SourceMap::for_policy();
            let text = items.join("\n");
            let id = sources.add(name.as_str(), text.clone());
            let formatted = plimsoll::syntax::format(id, &text);
            *items = vec![formatted.unwrap_or_else(|found| panic!("{text}\n{found:?}"))];
        }
        let other = laid_out.compile().unwrap_or_else(|report| panic!("{report}"));
        for service in &made.services {
            same(made, &render(&policy, &service.request()), &render(&other, &service.request()))?;
        }
        Ok(())
    });
}

#[test]
fn threads_streams_and_repetition_change_nothing() {
    hold(100, |made| {
        let Ok(policy) = made.compile() else { return Ok(()) };
        let requests: Vec<String> = made.services.iter().map(|service| service.request().replace('\n', " ")).collect();
        let once: Vec<_> = requests.iter().map(|request| render(&policy, request)).collect();
        let elsewhere = thread::scope(|scope| {
            let render_all = || (0..4).flat_map(|_| requests.iter().map(|request| render(&policy, request))).collect();
            let threads: Vec<_> = (0..2).map(|_| scope.spawn(render_all)).collect();
            let joined: Vec<Vec<_>> = threads.into_iter().map(|it| it.join().expect("a thread that ends")).collect();
            joined.concat()
        });
        for (number, other) in elsewhere.iter().enumerate() {
            same(made, &once[number % once.len()], other)?;
        }
        let host = || -> Result<Arc<dyn plimsoll::facts::host::Host>, _> { Ok(Arc::new(Machine::new())) };
        let stream = Stream::new(&policy, Box::new(host)).unvalidated(true);
        let memory = RefCell::new(stream.memory());
        for (request, (spec, _)) in requests.iter().zip(&once) {
            let mut out = Vec::new();
            let answer = stream.answer(1, request.as_bytes(), &mut memory.borrow_mut(), &mut out);
            same(made, &answer.refused, &spec.is_empty())?;
            if !answer.refused {
                same(made, &out.strip_suffix(b"\n").map(<[u8]>::to_vec), &Some(spec.clone()))?;
            }
        }
        Ok(())
    });
}

/// Asks a host everything that rules can ask.
const ASKING: &str = r#"
rule asking {
  for path in ["/dev/kvm", "/dev/sda", "/dev/none", "/srv", "/dev/dri/card{container.replica}"] ++ values(service.env) {
    annotations["path {path}"] = (host.path(path) else "none") when path like "/*" else "no path"
    if path like "/*" {
      let node = host.device(path) else skip
      linux.devices += node
    }
  }
  for path in host.glob("/dev/dri/*") { annotations["glob {path}"] = "" }
  annotations["majors"] = join([string(host.major("nvidia-uvm") else 0), string(host.major("kfd") else 0)], " ")
  annotations["kernel"] = "new" when host.kernel >= "5.10" else "old"
  annotations["cgroup"] = host.cgroup
  annotations["zone"] = host.env["TZ"] else "none"
  process.capabilities.bounding += host.capabilities
}
"#;

#[test]
fn a_recorded_host_and_a_live_one_agree() {
    let layers = Layers::new().layer("asking", [("frame.plim", FRAME), ("asking.plim", ASKING)]);
    let policy = layers.unanalysed().compile().unwrap_or_else(|report| panic!("{report}"));
    hold(100, |made| {
        for service in &made.services {
            let request: Json = serde_json::from_str(&service.request()).expect("JSON");
            let deployment = request["deployment"].to_string();
            let builder = || Request::builder("d.json", deployment.as_str());
            let recorder = Arc::new(Recorder::new(Arc::new(Machine::new())));
            let render = |request: Result<Request, Report>| {
                let (facts, arena) =
                    (request.and_then(|it| it.facts()).unwrap_or_else(|it| panic!("{it}")), Arena::new());
                policy.render(&facts, &arena).and_then(|it| it.json(Style::Compact)).map_err(|it| refused(&it))
            };
            let live = render(builder().host(Arc::new(Machine::new())).build(policy.schema()));
            let watched = render(builder().host(recorder.clone()).build(policy.schema()));
            let recorded = render(builder().recording("h.json", recorder.recording()).build(policy.schema()));
            same(made, &live, &watched)?;
            same(made, &live, &recorded)?;
            assert!(!recorder.recording().contains("hunter2"));
        }
        Ok(())
    });
}
