//! Policies put together from writes of which each is sound, and requests put together from what services have.
#![no_main]

use std::cell::RefCell;
use std::collections::BTreeMap;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use plimsoll::policy::Layers;
use plimsoll_fuzz::render::Both;
use plimsoll_fuzz::{ALL, FRAME, PLACES, VALUES, made_request};

#[derive(Arbitrary, Debug)]
struct Input {
    /// Whether the policy that uses every construct is below.
    all: bool,
    analysed: bool,
    rules: Vec<Rule>,
    requests: [u16; 2],
}

#[derive(Arbitrary, Debug)]
struct Rule {
    when: Option<u8>,
    unless: Option<u8>,
    around: Option<u8>,
    strength: Strength,
    place: u8,
    value: u8,
    or_skip: bool,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Strength {
    Default,
    Plain,
    Force,
}

const GUARDS: &[&str] = &[
    "service.privileged",
    "container.deployment == \"shop\"",
    "container.replica > 2",
    "container.replica % 2 == 0",
    "image.labels[\"tier\"] == \"gold\"",
    "service.env is not empty",
    "\"NET_ADMIN\" in service.capabilities",
    "host.cgroup == \"v1\"",
    "service.resources.gpu is set",
    "image.user.uid is set and image.user.uid == 7",
    "service.hostname is not set or service.hostname like \"shop*\"",
    "len(service.storage) > 1",
];

const AROUND: &[&str] = &[
    "for i in range(container.replica) { BODY }",
    "for s in service.storage when s.type == \"tmpfs\" { BODY }",
    "for name, value in service.env { BODY }",
    "if service.privileged { BODY } else { warn \"not {container.id}\" }",
    "if container.replica > 1 { if service.env is empty { BODY } }",
    "let told = service.hostname else skip  BODY",
];

/// Whether a write checks alone.
fn is_sound(write: &str) -> bool {
    thread_local! { static KNOWN: RefCell<BTreeMap<String, bool>> = RefCell::default(); }
    let rules = || format!("{FRAME} rule r {{ {write} }}");
    let check = || Layers::new().layer("a", [("a.plim", rules())]).unanalysed().compile().is_ok();
    KNOWN.with_borrow_mut(|known| *known.entry(write.to_owned()).or_insert_with(check))
}

fn pick<'t>(of: &[&'t str], index: u8) -> &'t str {
    of[usize::from(index) % of.len()]
}

impl Rule {
    fn text(&self, number: usize) -> String {
        let write = pick(PLACES, self.place).replace('V', pick(VALUES, self.value));
        let write = if self.or_skip { format!("{write} else skip") } else { write };
        if !is_sound(&write) {
            return String::new();
        }
        let body = match self.strength {
            Strength::Default => format!("default {write}"),
            Strength::Plain => write,
            Strength::Force => format!("force {write}"),
        };
        let body = self.around.map_or(body.clone(), |around| pick(AROUND, around).replace("BODY", &body));
        let guard = |word: &str, index: Option<u8>| index.map(|it| format!("{word} {} ", pick(GUARDS, it)));
        let (when, unless) = (guard("when", self.when), guard("unless", self.unless));
        format!("rule made.r{number} {}{}{{ {body} }}\n", when.unwrap_or_default(), unless.unwrap_or_default())
    }
}

fuzz_target!(|input: Input| {
    let made: String = input.rules.iter().take(12).enumerate().map(|(number, rule)| rule.text(number)).collect();
    let below = if input.all { ALL } else { FRAME };
    let layers = Layers::new().layer("fuzz", [("rules.plim", format!("{below}{made}"))]);
    let layers = if input.analysed { layers } else { layers.unanalysed() };
    if let Some(both) = Both::compile(&layers) {
        input.requests.iter().for_each(|number| both.request(&made_request(u64::from(*number))));
    }
});
