//! A review as SARIF 2.1.0, which code review tools read.

use indexmap::IndexSet;
use serde_json::{Value, json};

use super::words::{finding, place, severity};
use super::{Effect, Group, Review, risk};
use crate::diagnostics::{sarif_document, sarif_level, sarif_message, sarif_uri};

/// One document on one line: a result for each change that broadens or of which nobody knows whether it does, at the place of
/// the rule that is behind it. Its rules are the rows of the table of risks that are met.
#[must_use]
pub fn write(review: &Review) -> String {
    let effects = || review.groups.iter().flat_map(|group| group.effects.iter().map(move |effect| (group, effect)));
    let told = || effects().filter(|(_, effect)| severity(&effect.risk).is_some());
    let rows: IndexSet<&str> = told().map(|(_, effect)| effect.risk.row).collect();
    let results = told().filter_map(|(group, effect)| result(review, &rows, group, effect));
    sarif_document(rows.iter().map(|row| rule(row)).collect(), results.collect())
}

fn rule(name: &str) -> Value {
    let Some(row) = risk::find(name) else { return json!({ "id": name }) };
    let help = format!("needs the {} level of the Pod Security Standards\nsource: {}", row.level, row.source);
    json!({
        "id": name,
        "shortDescription": sarif_message(&row.sentence()),
        "help": sarif_message(&help),
    })
}

fn result(review: &Review, rows: &IndexSet<&str>, group: &Group, effect: &Effect) -> Option<Value> {
    let risk = &effect.risk;
    let locations = place(&group.cause).map(|line| {
        json!({ "physicalLocation": {
            "artifactLocation": { "uri": sarif_uri(&line.file) },
            "region": { "startLine": line.line, "startColumn": line.column },
        } })
    });
    Some(json!({
        "ruleId": risk.row,
        "ruleIndex": rows.get_index_of(risk.row),
        "level": sarif_level(severity(risk)?),
        "message": sarif_message(&finding(review, group, effect)),
        "locations": locations.into_iter().collect::<Vec<_>>(),
        "properties": {
            "class": risk.class,
            "level": risk.level,
            "path": effect.change.path,
            "services": effect.services.len(),
        },
    }))
}
