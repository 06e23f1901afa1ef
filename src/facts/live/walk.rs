//! Globs over this machine's folders.

use std::path::Path;

use super::LiveHost;
use crate::diagnostics::Severity;
use crate::facts::glob::component;
use crate::facts::limits;
use crate::facts::text::shown;

impl LiveHost {
    /// What matches a glob, sorted; links that lead nowhere are not there. A folder that cannot be read has nothing
    /// in it, as for a shell.
    pub(super) fn walk(&self, pattern: &str) -> Vec<String> {
        let Some(relative) = pattern.strip_prefix('/').filter(|_| !pattern.contains('\0')) else { return Vec::new() };
        let mut found = vec![String::new()];
        let mut budget = Some(limits::GLOB);
        for part in relative.split('/') {
            let deeper = |at: String| {
                let names = if is_glob(part) { self.names(&at, part, &mut budget) } else { vec![part.to_owned()] };
                names.into_iter().map(move |name| format!("{at}/{name}"))
            };
            found = found.into_iter().flat_map(deeper).collect();
        }
        if budget.is_none() {
            let message = format!("`{}` matches in folders of more than {} names", shown(pattern), limits::GLOB);
            self.tell(Severity::Error, message, "write a glob that names the folder");
        }
        found.retain(|path| self.look(path).is_some());
        found.sort_unstable();
        found
    }

    /// The names in a folder that match one component.
    fn names(&self, folder: &str, glob: &str, budget: &mut Option<usize>) -> Vec<String> {
        let folder = self.place(folder);
        let entries = std::fs::read_dir(&folder as &Path).into_iter().flatten().flatten();
        let mut names = Vec::new();
        for entry in entries {
            *budget = budget.and_then(|left| left.checked_sub(1));
            if budget.is_none() {
                break;
            }
            names.extend(entry.file_name().into_string().ok().filter(|name| component(glob, name)));
        }
        names
    }
}

fn is_glob(part: &str) -> bool {
    part.contains(['*', '?'])
}
