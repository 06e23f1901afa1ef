//! Mounts that a path takes the place of for some service: one that is hidden, or made read-only. That a mount hides
//! another is not looked for: parents come out before what is below them, and of one place there is only one.

use indexmap::IndexSet;

use crate::diagnostics::{Diagnostic, code};
use crate::facts::datum::{Datum, Kind};
use crate::ir::{Expr, ExprId};
use crate::schema::output::roles::{VEILS, Veil};
use crate::schema::output::{Content, Keyed, SlotIndex};
use crate::schema::shape::Shape;
use crate::source::Span;

use super::Policy;
use super::claim::{Part, Place, Says, constant};
use super::solve::Condition;
use super::survey::{Element, Survey};

/// The mounts that are asked about.
const ASKED: usize = 2_000;
/// The paths above a mount that are looked at.
const ABOVE: usize = 32;

const REMEDY: &str = "take the path out where this is mounted, or mount it elsewhere";

impl<'p> Policy<'p> {
    pub(super) fn mounts(&self, survey: &Survey<'p>, found: &mut IndexSet<Diagnostic>) {
        for veil in VEILS {
            let (Some(mounts), Some(paths)) = (self.slot(veil.mounts), self.slot(veil.paths)) else { continue };
            let elements = survey.slots.get(&mounts).into_iter().flat_map(|slot| &slot.parts);
            let elements: Vec<_> = elements.filter(|it| it.claim.sure).collect();
            self.at.set(elements.get(ASKED).map_or(Span::NONE, |it| it.claim.span));
            for mount in self.bounded(&elements, ASKED) {
                self.at.set(mount.claim.span);
                found.extend(self.veiled(survey, veil, mount, paths));
            }
        }
    }

    fn veiled(&self, survey: &Survey<'p>, veil: &Veil, mount: &Element<'p>, paths: SlotIndex) -> Option<Diagnostic> {
        let place = mount.place.as_ref()?;
        let path = place.key.as_deref()?;
        if !self.is_concerned(veil, mount) {
            return None;
        }
        let above =
            std::iter::successors(Some(path), |path| Some(path.rsplit_once('/')?.0).filter(|it| !it.is_empty()));
        let above: Vec<&str> = above.take(if veil.below { ABOVE + 1 } else { 1 }).collect();
        self.bounded(&above, ABOVE).find_map(|path| {
            let over = Place::element(paths, &Datum::text(*path));
            let claims = survey.claims.get(&over)?.iter().filter(|it| matches!(it.says, Says::In) && it.sure);
            let claims: Vec<_> = claims.take(ABOVE + 1).collect();
            self.bounded(&claims, ABOVE).find_map(|by| {
                let hold: Vec<Condition> = mount.claim.conditions.iter().chain(by.conditions.iter()).copied().collect();
                let mut fail = survey.stronger(place, &mount.claim);
                fail.extend(survey.stronger(&over, by));
                let models = self.models(&hold, &fail, &survey.denials).ok()?;
                let message = format!("`{}` is {}: {path:?} is in `{}`", self.shown(place), veil.becomes, veil.paths);
                let diagnostic = Diagnostic::new(code::VEILED_MOUNT, message)
                    .label(mount.claim.span, self.told(&mount.claim, "mounts it"))
                    .label(by.span, self.told(by, "puts the path in"));
                Some(self.can_be(diagnostic, REMEDY, &[&mount.claim, by], &models))
            })
        })
    }

    /// Whether a mount is known to have none of the options that a veil excepts.
    fn is_concerned(&self, veil: &Veil, mount: &Element<'p>) -> bool {
        if veil.unless.is_empty() {
            return true;
        }
        let Some(options) = self.member(veil.mounts, mount.part, "options") else { return false };
        match &options.kind {
            Kind::Absent => true,
            Kind::List(options) => !options.iter().any(|it| match &it.kind {
                Kind::Text(option) => veil.unless.contains(&&**option),
                _ => true,
            }),
            _ => false,
        }
    }

    /// A field of an element, if it is constant.
    fn member(&self, path: &str, part: Part<'p>, name: &str) -> Option<&'p Datum> {
        let Content::Keyed(Keyed { element: Shape::Record(record), .. }) =
            &self.output.slots.get(self.slot(path)?)?.content
        else {
            return None;
        };
        let index = record.index_of(name)?;
        let field = |id: &ExprId| constant(self.program, *id);
        match part {
            Part::Constant(Datum { kind: Kind::Record(values), .. }) => values.get(index),
            Part::Expr(id) => match self.program.exprs.get(id.index())? {
                Expr::Record(fields) => fields.get(index).and_then(field),
                _ => None,
            },
            Part::Constant(_) => None,
        }
    }
}
