//! Specs that no runtime would start: refused by every way to get one, unless somebody asks for them.

use super::*;

const DEPLOYMENT: &str = "version: v1\ndeployment: shop\nservices: { web: { image: { name: x } } }\n";
/// A spec whose host name needs a namespace that another rule takes away, and a value that nobody heeds.
const RULES: &str = r#"
rule site.shared-names { force linux.namespaces -= "uts" because "they share it" }
rule site.shares { linux.resources.cpu.shares = 1 }
"#;

fn ways(folder: &Path) -> [Vec<&'static str>; 4] {
    let request = json!({ "deployment": DEPLOYMENT, "service": "web", "host": {} });
    write(folder, "shop.yaml", DEPLOYMENT);
    write(folder, "site.plim", RULES);
    write(folder, "host.json", "{}");
    write(folder, "requests.ndjson", request.to_string());
    [
        vec!["render", "shop.yaml", "--service", "web", "--host", "host.json", "--rules", "site.plim"],
        vec!["render", "shop.yaml", "--host", "host.json", "--rules", "site.plim"],
        vec!["render", "--stream", "requests.ndjson", "--rules", "site.plim"],
        vec!["bundle", "shop.yaml", "--service", "web", "--host", "host.json", "--rules", "site.plim", "--out", "web"],
    ]
}

#[test]
fn what_no_runtime_would_start_is_refused_unless_it_is_asked_for() {
    let folder = folder("validation");
    for line in ways(&folder) {
        let refused = run_in(&folder, &line);
        assert_eq!(refused.code, Some(1), "{}", refused.shown());
        let told = refused.stdout.clone() + &refused.stderr;
        assert!(told.contains("P0610") && told.contains("hostname"), "{}", refused.shown());
        assert!(!told.contains("ociVersion") && !folder.join("web").exists(), "{}", refused.shown());
        let asked = run_in(&folder, &[&line[..], &["--no-validate"]].concat());
        assert_eq!(asked.code, Some(0), "{}", asked.shown());
        let config = fs::read_to_string(folder.join("web/config.json")).unwrap_or_default();
        assert!(asked.stdout.contains("ociVersion") || config.contains("ociVersion"), "{}", asked.shown());
        assert!(!asked.stderr.contains("P061"), "{}", asked.shown());
    }
}

#[test]
fn what_is_dropped_is_a_warning() {
    let folder = folder("validation-dropped");
    let lines = ways(&folder);
    write(&folder, "site.plim", "rule site.shares { linux.resources.cpu.shares = 1 }\n");
    for line in lines {
        let run = run_in(&folder, &line);
        assert_eq!(run.code, Some(0), "{}", run.shown());
        assert!(run.stderr.contains("P0611") && run.stderr.contains("cpu-shares"), "{}", run.shown());
    }
}
