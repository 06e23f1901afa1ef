//! What files below `/proc` say, taken apart.

use std::fs;

/// Capabilities in the kernel's order: the bit of each is its index.
const CAPABILITIES: &str = "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE \
    NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE \
    SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL \
    SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE";

/// The set that holds capabilities, named without `CAP_`, blanks between them.
pub(super) fn capability_mask(names: &str) -> u64 {
    let bit = |name| CAPABILITIES.split_whitespace().position(|other| other == name).expect(name);
    names.split_whitespace().map(|name| 1 << bit(name)).sum()
}

/// The names of what a set holds.
pub(super) fn capability_names(mask: u64) -> Vec<&'static str> {
    CAPABILITIES.split_whitespace().enumerate().filter(|(bit, _)| mask >> bit & 1 == 1).map(|(_, name)| name).collect()
}

/// All that the kernel knows.
pub(super) fn every_capability() -> u64 {
    capability_mask(CAPABILITIES)
}

/// The capabilities that this process could hand on: a container may not be given more.
pub(super) fn own_capabilities() -> u64 {
    mask(&fs::read_to_string("/proc/self/status").expect("/proc is mounted"), "CapBnd")
}

/// A line of `/proc/PID/status` such as `Groups`.
pub(super) fn field<'s>(status: &'s str, name: &str) -> &'s str {
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(":\t"));
    line.unwrap_or_else(|| panic!("{name} in\n{status}")).trim()
}

/// A line of `/proc/PID/status` such as `CapEff`, as a number.
pub(super) fn mask(status: &str, name: &str) -> u64 {
    u64::from_str_radix(field(status, name), 16).expect(name)
}

/// All five capability sets: bounding, effective, permitted, inheritable, ambient.
pub(super) fn capability_sets(status: &str) -> [u64; 5] {
    ["CapBnd", "CapEff", "CapPrm", "CapInh", "CapAmb"].map(|name| mask(status, name))
}

/// Fails the test unless a text has a line.
pub(super) fn has_line(text: &str, line: &str) {
    assert!(text.lines().any(|other| other == line), "{line:?} in\n{text}");
}

/// A mount of `/proc/PID/mountinfo`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mounted {
    pub(super) target: String,
    pub(super) kind: String,
    /// Options of the mount alone, in written order.
    pub(super) own: Vec<String>,
    /// Options of the mount and of its file system, each once, sorted.
    pub(super) options: Vec<String>,
}

impl Mounted {
    /// Fails the test unless the mount has options.
    pub(super) fn with(&self, options: &[&str]) {
        assert!(options.iter().all(|option| self.options.iter().any(|other| other == option)), "{options:?}: {self:?}");
    }

    pub(super) fn is_read_only(&self) -> bool {
        self.own.iter().any(|option| option == "ro")
    }
}

/// Every mount of a mountinfo, in order. Other lines are passed over.
pub(super) fn mounts(mountinfo: &str) -> Vec<Mounted> {
    let mount = |line: &str| {
        let (mount, system) = line.split_once(" - ")?;
        let mut mount = mount.split(' ').skip(4);
        let mut system = system.split(' ');
        let (target, own) = (mount.next()?, mount.next()?);
        let (kind, of_system) = (system.next()?, system.nth(1)?);
        let own: Vec<_> = own.split(',').map(str::to_owned).collect();
        let mut options: Vec<_> = own.iter().cloned().chain(of_system.split(',').map(str::to_owned)).collect();
        options.sort();
        options.dedup();
        Some(Mounted { target: target.to_owned(), kind: kind.to_owned(), own, options })
    };
    mountinfo.lines().filter_map(mount).collect()
}

/// The mount that is seen at a target: the last one there.
pub(super) fn find<'m>(mounts: &'m [Mounted], target: &str) -> &'m Mounted {
    mounts.iter().rfind(|mount| mount.target == target).unwrap_or_else(|| panic!("{target} in {mounts:#?}"))
}
