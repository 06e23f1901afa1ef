//! What a policy asks the host with words of its own, whichever service it is about.

use super::{Expr, ExprId, Program};
use crate::facts::datum::Kind;
use crate::facts::host::Host;
use crate::schema::facts::HostField;
use crate::schema::functions::Function;

/// Asks a host everything that the program asks with constant arguments, also what only some services lead to.
pub(crate) fn ask(program: &Program, host: &dyn Host) {
    for expr in &program.exprs {
        match expr {
            Expr::Call(function, arguments) => {
                if let [argument] = &**arguments
                    && let Some(text) = constant(program, *argument)
                {
                    call(host, *function, text);
                }
            }
            Expr::Entry(map, key) | Expr::InMap(key, map) => {
                if let Some(Expr::Host(HostField::Env)) = program.exprs.get(map.index())
                    && let Some(name) = constant(program, *key)
                {
                    host.variable(name);
                }
            }
            _ => {}
        }
    }
}

/// The answers do not matter here: a host may write down what it is asked.
fn call(host: &dyn Host, function: Function, argument: &str) {
    match function {
        Function::HostDevice => _ = host.device(argument),
        Function::HostPath => _ = host.path(argument),
        Function::HostGlob => _ = host.glob(argument),
        Function::HostMajor => _ = host.major(argument),
        _ => {}
    }
}

fn constant(program: &Program, id: ExprId) -> Option<&str> {
    let Some(Expr::Const(constant)) = program.exprs.get(id.index()) else { return None };
    match &program.constants.get(constant.index())?.kind {
        Kind::Text(text) => Some(text),
        _ => None,
    }
}
