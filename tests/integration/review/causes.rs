//! Changes, in words, by what is behind them.

use std::fmt::Write as _;

use super::{deployment, hardened, policy, request, reviewed, said, shop, shown, snapshot};
use crate::fast::made;

/// What differs, the rules before and after; each is shown as a whole review.
const CASES: &[(&str, &str, &str)] = &[
    (
        "a rule that is new, one that is gone, one that is another",
        "rule gone { linux.maskedPaths += \"/proc/acpi\" }\nrule other { hostname = \"a\" }",
        "rule other { hostname = \"b\" }\nrule new { process.capabilities.bounding += \"SYS_ADMIN\" }",
    ),
    (
        "a let, read through another",
        "let a = [\"KILL\"]\nlet b = a ++ [\"CHOWN\"]\nrule r { process.capabilities.bounding += b }",
        "let a = [\"KILL\", \"MKNOD\"]\nlet b = a ++ [\"CHOWN\"]\nrule r { process.capabilities.bounding += b }",
    ),
    (
        "of two lets the nearer one",
        "let far = \"x\"\nlet near = \"a{far}\"\nrule r { hostname = near }",
        "let far = \"y\"\nlet near = \"b{far}\"\nrule r { hostname = near }",
    ),
    (
        "a statement beside the one that wrote it",
        "let name = \"a\"\nrule r { hostname = name  domainname = \"x\" }",
        "let name = \"b\"\nrule r { hostname = name  domainname = \"y\" }",
    ),
    (
        "a condition that leads to a statement",
        "rule r when container.service == \"web\" { process.oomScoreAdj = 7 }",
        "rule r { process.oomScoreAdj = 7 }",
    ),
    (
        "a stronger write that is gone",
        "rule weak { process.noNewPrivileges = true }\nrule strong { force process.noNewPrivileges = false because \"x\" }",
        "rule weak { process.noNewPrivileges = true }",
    ),
    (
        "a removal that is new, and a whole",
        "rule all { process.capabilities.bounding += [\"KILL\", \"CHOWN\"]  linux.maskedPaths += [\"/a\", \"/b\"] }",
        "rule all { process.capabilities.bounding += [\"KILL\", \"CHOWN\"]  linux.maskedPaths += [\"/a\", \"/b\"] }\n\
         rule less { force process.capabilities.bounding -= \"KILL\" because \"x\"  force linux.maskedPaths = [\"/b\"] because \"x\" }",
    ),
    (
        "a fact that is declared otherwise",
        "fact service.limits: Int = 5\nrule r { process.oomScoreAdj = service.limits }",
        "fact service.limits: Int = 6\nrule r { process.oomScoreAdj = service.limits }",
    ),
    (
        "fields of an element",
        "rule r { mounts += { destination: \"/d\", type: \"bind\", source: \"/s\", options: [\"rbind\", \"rw\"] }\n\
         linux.resources.devices += { allow: true, type: \"c\", major: 1, access: \"rwm\" }\n\
         hooks.prestart += { path: \"/h\", args: [\"h\", \"a\"] } }",
        "rule r { mounts += { destination: \"/d\", type: \"bind\", source: \"/t\", options: [\"rbind\", \"ro\"] }\n\
         linux.resources.devices += { allow: true, type: \"c\", major: 1, access: \"r\" }\n\
         hooks.prestart += { path: \"/h\", args: [\"h\", \"b\"], timeout: 5 } }",
    ),
    (
        "what services give themselves is one change",
        "rule r { hostname = container.id  mounts += [{ destination: \"/srv/{container.service}\", type: \"tmpfs\" }] }",
        "rule r { hostname = container.service  mounts += [{ destination: \"/srv/{container.service}\", type: \"tmpfs\", options: [\"ro\"] }] }",
    ),
    ("a collection that is there, and empty", "rule r { linux.maskedPaths = [] }", "rule r {}"),
    (
        "a service that is refused, one that is no longer, one for another reason",
        "rule a when container.service == \"web\" { deny \"web goes nowhere\" }\nrule b when container.service == \"db\" { deny \"no db\" }",
        "rule a when container.service == \"trainer\" { deny \"no trainer\" }\nrule b when container.service == \"db\" { deny \"no db today\" }",
    ),
    (
        "a side file",
        "rule r { files[\"resolv.conf\"] = \"nameserver 1.1.1.1\\n\" }",
        "rule r { files[\"resolv.conf\"] = \"nameserver 9.9.9.9\\n\" }",
    ),
    (
        "layout and words alone are no change",
        "rule r \"Says this.\" { hostname = \"a\" }",
        "# A comment.\nrule r \"Says that.\"\n{\n  hostname = \"a\"\n}",
    ),
];

#[test]
fn each_change_has_its_cause() {
    let mut out = String::new();
    for (what, old, new) in CASES {
        let review = reviewed(&policy(old), &policy(new), &[shop()]);
        let text = shown(&review);
        let body = text.split_once("\n\n").map_or("", |(_, body)| body);
        let _ = write!(out, "──── {what}\n{body}\n");
    }
    snapshot("causes", &out);
}

#[test]
fn the_shop_under_harder_rules() {
    let [standard, hardened] = hardened();
    let mut items = vec![shop()];
    items.extend((0..12).map(|number| request(&format!("made.ndjson:{}", number + 1), made::request(number))));
    let review = reviewed(&standard, &hardened, &items);
    snapshot("hardened", &shown(&review));
    let json = serde_json::to_string_pretty(&review).expect("JSON");
    snapshot("hardened-json", &json);
    for text in [&shown(&review), &json] {
        assert!(!text.contains("hunter2") && !text.contains("Europe/London"), "{text}");
    }
    // Nothing of it is without a cause.
    assert!(review.groups.iter().all(|group| group.cause.kind != plimsoll::review::CauseKind::Unknown));
}

#[test]
fn secrets_are_compared_and_not_shown() {
    let one = "rule r { process.env += { A: secret(\"shop\") else \"x\" } }";
    let (old, new) =
        (policy(one), policy(&one.replace("secret(\"shop\") else \"x\"", "\"!\" ++ (secret(\"shop\") else \"x\")")));
    let review = reviewed(&old, &new, &[shop()]);
    assert_eq!(said(&review), ["changes variable A of process.env from ••• to •••"]);
    assert!(!serde_json::to_string(&review).expect("JSON").contains("hunter2"));
}

#[test]
fn nothing_that_a_deployment_says_reaches_a_terminal_as_it_is() {
    let text = "version: v1\ndeployment: shop\nservices:\n  web: { image: { name: x }, env: { X: \"\\e[31m\\u202Ered\\n\" }, hostname: h }\n";
    let (old, new) =
        (policy(""), policy("rule r { process.env += service.env  annotations[service.env.X else \"\"] = \"v\" }"));
    let review =
        reviewed(&old, &new, &[deployment("a\u{1b}[2Jb.yaml", text), deployment("broken\u{202e}.yaml", "\u{1b}: [")]);
    let text = shown(&review);
    assert!(text.chars().all(|c| !c.is_control() || c == '\n') && !text.contains('\u{202e}'), "{text:?}");
    assert_eq!((review.summary.changed, review.summary.unread), (1, 1));
}

#[test]
fn a_broken_deployment_hinders_no_other() {
    let [standard, hardened] = hardened();
    let items = [
        deployment("broken.yaml", "version: v1\nservices: ["),
        shop(),
        deployment("wrong.yaml", "{ version: v1, deployment: shop, services: { web: { imag: { name: x } } } }"),
        request("r.ndjson:1", "{}"),
    ];
    let review = reviewed(&standard, &hardened, &items);
    assert_eq!((review.summary.services, review.summary.changed, review.summary.unread), (4, 4, 3));
    let files: Vec<&str> = review.unread.iter().map(|it| it.file.as_str()).collect();
    assert_eq!(files, ["broken.yaml", "wrong.yaml", "r.ndjson:1"]);
    assert!(review.unread.iter().all(|it| it.reasons.iter().all(|reason| reason.starts_with("P05"))));
}

#[test]
fn a_field_that_only_new_rules_know_is_no_mistake_of_the_deployment() {
    let (old, new) =
        (policy(""), policy("fact service.color: String?\nrule r { annotations.color = service.color else \"none\" }"));
    let text = "{ version: v1, deployment: shop, services: { web: { image: { name: x }, color: red }, db: { image: { name: y } } } }";
    let review = reviewed(&old, &new, &[deployment("shop.yaml", text)]);
    assert_eq!((review.summary.no_longer_refused, review.summary.unread), (2, 0));
    assert!(review.refusals[0].before[0].starts_with("P0502: "), "{:?}", review.refusals);
}

#[test]
fn the_first_services_are_shown_side_by_side() {
    let [standard, hardened] = hardened();
    let mut reviewer = plimsoll::review::Reviewer::new(("old", &standard), ("new", &hardened))
        .setting(super::setting(&standard))
        .with_sides(2);
    reviewer.look(&[shop()]);
    let review = reviewer.finish();
    let sides: Vec<bool> = review.services.iter().map(|service| service.sides.is_some()).collect();
    assert_eq!(sides, [true, true, false, false]);
    let sides = review.services[1].sides.as_deref().expect("both specs");
    let limit = sides.new.iter().find(|line| line.text.contains("\"limit\": 2048")).expect("a line");
    assert_eq!(limit.rule.as_deref(), Some("hardened.processes"));
    assert!(sides.old.iter().any(|line| line.text.contains("•••")));
}
