//! Under which conditions each statement of a rule runs, beside those of its head.

use std::sync::Arc;

use crate::ir::{Effect, EffectId, ExprId, Program, Rule, Tail};

/// A condition around a statement.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) condition: ExprId,
    pub(super) holds: bool,
}

/// A statement.
pub(super) struct Site {
    pub(super) effect: EffectId,
    /// Outermost first.
    pub(super) path: Arc<[Link]>,
    /// What the loops around it go through, outermost first.
    pub(super) loops: Arc<[ExprId]>,
    /// Whether it runs wherever these hold. A loop may have no iteration, and a `let` may leave out what follows it.
    pub(super) certain: bool,
}

struct Block {
    end: u32,
    path: Arc<[Link]>,
    loops: Arc<[ExprId]>,
    certain: bool,
}

/// The statements of a rule in written order.
pub(super) fn of(program: &Program, rule: &Rule) -> Vec<Site> {
    let mut sites = Vec::new();
    let mut blocks = vec![Block { end: rule.effects.end, path: Arc::default(), loops: Arc::default(), certain: true }];
    for index in rule.effects.clone() {
        while blocks.pop_if(|block| block.end <= index).is_some() {}
        let effect = EffectId::new(index as usize);
        let (Some(block), Some(statement)) = (blocks.last_mut(), program.effects.get(effect.index())) else { break };
        let (path, loops, certain) = (Arc::clone(&block.path), Arc::clone(&block.loops), block.certain);
        match statement {
            Effect::If { condition, then_end, end, .. } => {
                let link = |holds| path.iter().copied().chain([Link { condition: *condition, holds }]).collect();
                let (yes, no) = (link(true), link(false));
                blocks.push(Block { end: *end, path: no, loops: Arc::clone(&loops), certain });
                blocks.push(Block { end: *then_end, path: yes, loops: Arc::clone(&loops), certain });
            }
            Effect::For { iteration, end } => {
                let loops = loops.iter().copied().chain([iteration.list]).collect();
                let when = iteration.when.map(|condition| Link { condition, holds: true });
                let inner = path.iter().copied().chain(when).collect();
                blocks.push(Block { end: *end, path: inner, loops, certain: false });
            }
            Effect::Let { tail: Tail::Skip | Tail::Warn(_), .. } => block.certain = false,
            _ => {}
        }
        sites.push(Site { effect, path, loops, certain });
    }
    sites
}
