//! A review as workflow commands, which GitHub shows beside the lines of a change.
//! <https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>

use super::Review;
use super::words::{finding, place, severity};
use crate::diagnostics::{github_command, github_property};

/// One command for each change that broadens or of which nobody knows whether it does, at the place of the rule that is
/// behind it: `::warning file=…,line=…,col=…,title=…::…`. To need the privileged level is an error, less a warning, what
/// nobody knows a notice.
#[must_use]
pub fn write(review: &Review) -> String {
    let effects = review.groups.iter().flat_map(|group| group.effects.iter().map(move |effect| (group, effect)));
    let commands = effects.filter_map(|(group, effect)| {
        let severity = severity(&effect.risk)?;
        let title = format!("{} ({}): {}", effect.risk.class, effect.risk.level, effect.risk.row);
        let title = format!("title={}", github_property(&title));
        let properties = match place(&group.cause) {
            Some(line) => {
                format!("file={},line={},col={},{title}", github_property(&line.file), line.line, line.column)
            }
            None => title,
        };
        Some(github_command(severity, &properties, &finding(review, group, effect)))
    });
    commands.collect()
}
