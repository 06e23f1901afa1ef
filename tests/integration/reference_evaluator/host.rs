//! A host made up for a test, which is not a recording.

use std::collections::BTreeMap;

use plimsoll::facts::datum::{Datum, Kind};
use plimsoll::facts::host::{Device, Host, PathKind};
use plimsoll::facts::recording::RecordedHost;
use plimsoll::schema::facts::HostField;

/// A machine with some devices and folders; its plain fields are those of the least recording.
#[derive(Debug)]
pub(super) struct Machine {
    base: RecordedHost,
    kernel: Datum,
    devices: BTreeMap<&'static str, Device>,
    paths: BTreeMap<&'static str, PathKind>,
    majors: BTreeMap<&'static str, u32>,
    env: BTreeMap<&'static str, Datum>,
}

impl Machine {
    pub(super) fn new() -> Self {
        let device = |major, minor, mode| Device { block: major == 8, major, minor, mode, uid: Some(0), gid: None };
        Self {
            base: RecordedHost::empty(),
            kernel: Datum::text("6.1.0"),
            devices: [
                ("/dev/kvm", device(10, 232, Some(0o660))),
                ("/dev/sda", device(8, 0, None)),
                ("/dev/dri/card0", device(226, 0, None)),
                ("/dev/dri/card1", device(226, 1, None)),
            ]
            .into(),
            paths: [("/srv", PathKind::Dir), ("/etc/x.conf", PathKind::File), ("/run/a.sock", PathKind::Socket)].into(),
            majors: [("nvidia-uvm", 509)].into(),
            env: [("TZ", Datum::text("UTC")), ("SECRET", Datum::text("hunter2"))].into(),
        }
    }
}

impl Host for Machine {
    fn field(&self, field: HostField) -> &Datum {
        if field == HostField::Kernel { &self.kernel } else { self.base.field(field) }
    }

    fn device(&self, path: &str) -> Option<Device> {
        self.devices.get(path).cloned()
    }

    fn path(&self, path: &str) -> Option<PathKind> {
        self.paths.get(path).copied().or_else(|| self.devices.contains_key(path).then_some(PathKind::Device))
    }

    fn glob(&self, pattern: &str) -> Vec<String> {
        let all = self.devices.keys().chain(self.paths.keys());
        let mut found: Vec<String> =
            all.filter(|path| plimsoll::eval::like(path, pattern)).map(|path| (*path).to_owned()).collect();
        found.sort();
        found
    }

    fn major(&self, driver: &str) -> Option<u32> {
        self.majors.get(driver).copied()
    }

    fn variable(&self, name: &str) -> Option<&Datum> {
        self.env.get(name)
    }
}

/// Whether a datum is there; a recording has what was asked for, and no more.
#[test]
fn the_machine_has_what_it_says() {
    let machine = Machine::new();
    assert!(matches!(&machine.field(HostField::Kernel).kind, Kind::Text(text) if **text == *"6.1.0"));
    assert_eq!(machine.glob("/dev/dri/*").len(), 2);
    assert!(machine.device("/srv").is_none());
}
