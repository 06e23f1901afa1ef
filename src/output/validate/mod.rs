//! Whether runtimes will take a spec: the rows of [`crate::schema::requirements`], held against a draft.
//!
//! What a value must be by itself is not looked at again: no draft has a value that its slot does not take. What is left
//! are relations, and most of those are the same in all renders that share a template: a row that reads none of the
//! template's holes, and asks nothing of the host, is looked at once for all of them ([`open`]).

mod demands;
mod mounts;
mod namespaces;
mod view;

use std::borrow::Cow;
use std::sync::LazyLock;

use self::view::View;
use crate::eval::draft::{Draft, Filled};
use crate::schema::output::SlotIndex;
use crate::schema::requirements::{Cgroup, Requirement, requirements};

/// Something in a spec that a row is not content with.
#[derive(Debug)]
pub(crate) struct Finding {
    pub(crate) requirement: &'static Requirement,
    pub(crate) broken: Broken,
}

/// Where a row is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    /// What is wrong; or, where something is not there, what asks for it.
    pub(crate) at: Spot,
    /// What it does not fit.
    pub(crate) beside: Option<Spot>,
    /// The element that a collection lacks.
    pub(crate) lacks: Option<(SlotIndex, Box<str>)>,
}

/// A value of a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    pub(crate) slot: SlotIndex,
    /// Which element of a collection, in the order of the output.
    pub(crate) element: Option<usize>,
    /// Which field of it.
    pub(crate) field: Option<&'static str>,
}

/// What slots hold.
pub(crate) trait Slots<'a> {
    fn filled(&self, slot: SlotIndex) -> Cow<'_, Filled<'a>>;
}

impl<'a> Slots<'a> for Draft<'a> {
    fn filled(&self, slot: SlotIndex) -> Cow<'_, Filled<'a>> {
        Cow::Borrowed(self.slot(slot))
    }
}

/// The layout of the host's control groups, if that is known; asked only where a spec has something that depends on it.
pub(crate) type AskCgroup<'h> = &'h dyn Fn() -> Option<Cgroup>;

/// The rows by number.
static ROWS: LazyLock<Box<[&'static Requirement]>> = LazyLock::new(|| requirements().collect());

/// What all rows say of a draft.
pub(crate) fn all<'a>(slots: &dyn Slots<'a>, cgroup: AskCgroup<'_>) -> Vec<Finding> {
    let view = View::new(slots, cgroup);
    ROWS.iter().flat_map(|row| look(&view, row)).collect()
}

/// What some rows say.
pub(crate) fn some<'a>(rows: &[u16], slots: &dyn Slots<'a>, cgroup: AskCgroup<'_>) -> Vec<Finding> {
    let view = View::new(slots, cgroup);
    rows.iter().filter_map(|row| ROWS.get(usize::from(*row))).flat_map(|row| look(&view, row)).collect()
}

/// The rows that must be asked of each render of a template. Its draft has texts that begin with NUL where renders differ.
pub(crate) fn open(marked: &Draft<'_>) -> Box<[u16]> {
    let view = View::new(marked, &|| None);
    let is_open = |row: &'static Requirement| {
        let found = look(&view, row).next().is_some();
        view.took_notice() || found
    };
    (0..).zip(ROWS.iter()).filter(|(_, row)| is_open(row)).map(|(number, _)| number).collect()
}

fn look(view: &View<'_, '_>, row: &'static Requirement) -> impl Iterator<Item = Finding> + use<> {
    let broken = demands::broken(view, &row.demand);
    broken.into_iter().map(move |broken| Finding { requirement: row, broken })
}
