//! `process`

use super::records::rlimit;
use super::rows::{ABSOLUTE, ID, NUMBERS, TEXT, int, keyed, map, needed, set, value, word, words};
use crate::schema::output::{Layout, Slot};
use crate::schema::shape::{Shape, TextForm};
use crate::schema::vocabulary::{CAPABILITY, IO_CLASS, SCHEDULER_FLAG, SCHEDULER_POLICY};

const PROCESS: &str = "config.md#process";
const USER: &str = "config.md#posix-platform-user";
const LINUX: &str = "config.md#linux-process";

pub(super) fn slots() -> Vec<Slot> {
    let variable = Shape::Text(TextForm::VariableName);
    vec![
        value("process.terminal", Shape::Bool, PROCESS),
        needed("process.consoleSize.height", Shape::U16, PROCESS),
        needed("process.consoleSize.width", Shape::U16, PROCESS),
        needed("process.user.uid", ID, USER),
        needed("process.user.gid", ID, USER),
        value("process.user.umask", int(0, 0o777), USER),
        set("process.user.additionalGids", ID, USER),
        value("process.args", Shape::list(TEXT), PROCESS),
        map("process.env", variable, TEXT, Layout::Assignments, PROCESS),
        needed("process.cwd", ABSOLUTE, PROCESS),
        set("process.capabilities.bounding", word(&CAPABILITY), LINUX),
        set("process.capabilities.effective", word(&CAPABILITY), LINUX),
        set("process.capabilities.inheritable", word(&CAPABILITY), LINUX),
        set("process.capabilities.permitted", word(&CAPABILITY), LINUX),
        set("process.capabilities.ambient", word(&CAPABILITY), LINUX),
        keyed("process.rlimits", &["type"], &rlimit(), Layout::List, "config.md#posix-process"),
        value("process.noNewPrivileges", Shape::Bool, LINUX),
        value("process.apparmorProfile", TEXT, LINUX),
        value("process.oomScoreAdj", int(-1000, 1000), LINUX),
        needed("process.scheduler.policy", word(&SCHEDULER_POLICY), LINUX),
        value("process.scheduler.nice", int(-20, 19), LINUX),
        value("process.scheduler.priority", int(0, 99), LINUX),
        value("process.scheduler.flags", words(&SCHEDULER_FLAG), LINUX),
        value("process.scheduler.runtime", Shape::U64, LINUX),
        value("process.scheduler.deadline", Shape::U64, LINUX),
        value("process.scheduler.period", Shape::U64, LINUX),
        value("process.selinuxLabel", TEXT, LINUX),
        needed("process.ioPriority.class", word(&IO_CLASS), LINUX),
        needed("process.ioPriority.priority", int(0, 7), LINUX),
        value("process.execCPUAffinity.initial", NUMBERS, LINUX),
        value("process.execCPUAffinity.final", NUMBERS, LINUX),
    ]
}
