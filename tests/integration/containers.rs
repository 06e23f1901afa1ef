//! Specs that are started, under each runtime: what a container really gets is read from inside of it.

mod asked;
mod devices;
mod hardened;
mod mounts;
mod process;
mod refused;
pub(crate) mod runtime;
mod seen;
mod storage;

/// Makes a test under each runtime of functions that take one: `runc::NAME` and `youki::NAME`.
macro_rules! under_each_runtime {
    ($($name:ident),+ $(,)?) => {
        mod runc {
            $(#[test]
            fn $name() {
                crate::containers::runtime::Kind::Runc.with(super::$name);
            })+
        }

        mod youki {
            $(#[test]
            fn $name() {
                crate::containers::runtime::Kind::Youki.with(super::$name);
            })+
        }
    };
}

use under_each_runtime;
