package standard

import rego.v1

defaults := {"CAP_AUDIT_WRITE", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_MKNOD", "CAP_NET_BIND_SERVICE", "CAP_NET_RAW", "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT"}

all_masked := ["/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap"]

all_readonly := ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]

hidden(paths) := [] if input.privileged

hidden(paths) := paths if not input.privileged

default gpus := 0

gpus := input.gpus if input.gpus != null

default hostname := ""

hostname := input.hostname if input.hostname != null

hostname := input.id if input.hostname == null

cwd := input.workdir if input.workdir != null

cwd := "/" if input.workdir == null

args := input.command if count(input.command) > 0

args := input.image_args if {
	count(input.command) == 0
	count(input.image_args) > 0
}

args := ["/bin/sh"] if {
	count(input.command) == 0
	count(input.image_args) == 0
}

given := {it.name: it.value | some it in input.env}

base_env := [
	{"name": "PATH", "value": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
	{"name": "TERM", "value": "xterm"},
]

indices := concat(",", [format_int(i, 10) | some i in numbers.range(0, gpus - 1)])

gpu_env := [{"name": name, "value": indices} | gpus > 0; some name in ["NVIDIA_VISIBLE_DEVICES", "CUDA_VISIBLE_DEVICES"]]

own_env := [it | some it in input.env; not it.name in {"PATH", "TERM"}]

env := array.concat(
	[sprintf("%s=%s", [it.name, object.get(given, it.name, it.value)]) | some it in base_env],
	[sprintf("%s=%s", [it.name, it.value]) | some it in array.concat(own_env, gpu_env)],
)

granted := sort(input.host.capabilities) if input.privileged

granted := sort((defaults & {it | some it in input.host.capabilities}) | {it | some it in input.capabilities}) if not input.privileged

no_new_privileges if {
	not input.privileged
	count(input.capabilities) == 0
}

default no_new_privileges := false

access(readonly) := "ro" if readonly

access(readonly) := "rw" if not readonly

own(entry) := {"destination": entry.target, "type": "bind", "source": entry.source, "options": ["rbind", access(entry.readonly)]} if entry.type == "bind"

own(entry) := {"destination": entry.target, "type": "bind", "source": input.volumes[entry.name], "options": ["rbind", access(entry.readonly)]} if entry.type == "named"

own(entry) := {"destination": entry.target, "type": "tmpfs", "source": "tmpfs", "options": array.concat(
	["nosuid", "nodev"],
	array.concat(
		[sprintf("size=%d", [entry.size]) | entry.size != null],
		[sprintf("mode=%s", [entry.mode]) | entry.mode != null],
	),
)} if entry.type == "tmpfs"

own_mounts := [own(entry) | some entry in input.storage]

targets := {it.destination | some it in own_mounts}

base_mounts := [
	{"destination": "/proc", "type": "proc", "source": "proc", "options": ["nosuid", "noexec", "nodev"]},
	{"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]},
	{"destination": "/dev/pts", "type": "devpts", "source": "devpts", "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]},
	{"destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]},
	{"destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": ["nosuid", "noexec", "nodev"]},
	{"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": array.concat(["nosuid", "noexec", "nodev"], hidden(["ro"]))},
	{"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": array.concat(["nosuid", "noexec", "nodev", "relatime"], hidden(["ro"]))},
]

all_mounts := array.concat([it | some it in base_mounts; not it.destination in targets], own_mounts)

# A set comes out sorted: by depth, then by place.
mounts := [all_mounts[it[1]] | some it in sort({[count(split(all_mounts[i].destination, "/")), i] | some i in numbers.range(0, count(all_mounts) - 1)})]

rule(type, numbers, access) := {"allow": true, "type": type, "major": numbers[0], "minor": numbers[1], "access": access} if count(numbers) == 2

rule(type, numbers, access) := {"allow": true, "type": type, "major": numbers[0], "access": access} if count(numbers) == 1

device_rules := [{"allow": true, "access": "rwm"}] if input.privileged

device_rules := array.concat(
	array.concat(
		[{"allow": false, "access": "rwm"}],
		[rule("c", it, "rwm") | some it in [[1, 3], [1, 5], [1, 7], [1, 8], [1, 9], [5, 0], [5, 1], [5, 2], [136]]],
	),
	array.concat(
		[rule(node.type, [node.major, node.minor], it.access) | some it in input.devices; node := input.host.devices[it.path]],
		[rule("c", [major], "rwm") | gpus > 0; some major in [195, object.get(input.host.majors, "nvidia-uvm", 510)]],
	),
) if not input.privileged

gpu_nodes := array.concat(
	[path | gpus > 0; some path in ["/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools"]],
	[sprintf("/dev/nvidia%d", [i]) | gpus > 0; some i in numbers.range(0, gpus - 1)],
)

nodes := [{"path": path, "type": node.type, "major": node.major, "minor": node.minor, "fileMode": 438, "uid": 0, "gid": 0} |
	some path in array.concat([it.path | some it in input.devices], gpu_nodes)
	node := input.host.devices[path]
]

network := ["network"] if not input.host_network

network := [] if input.host_network

cgroup := ["cgroup"] if input.host.cgroup_v2

cgroup := [] if not input.host.cgroup_v2

namespaces := [{"type": name} | some name in array.concat(["pid", "ipc", "uts", "mount"], array.concat(network, cgroup))]

cpu := {"cpu": {"period": 100000, "quota": round(input.cpu * 100000)}} if input.cpu != null

cpu := {} if input.cpu == null

memory := {"memory": {"limit": input.memory}} if input.memory != null

memory := {} if input.memory == null

devices := {"devices": nodes} if count(nodes) > 0

devices := {} if count(nodes) == 0

spec := {
	"ociVersion": "1.0.2",
	"root": {"path": "rootfs", "readonly": false},
	"mounts": mounts,
	"process": {
		"terminal": false,
		"user": {"uid": 0, "gid": 0},
		"args": args,
		"env": env,
		"cwd": cwd,
		"capabilities": {"bounding": granted, "effective": granted, "permitted": granted},
		"noNewPrivileges": no_new_privileges,
	},
	"hostname": hostname,
	"linux": object.union(
		{
			"resources": object.union(object.union({"devices": device_rules}, cpu), memory),
			"namespaces": namespaces,
			"rootfsPropagation": "private",
			"maskedPaths": hidden(all_masked),
			"readonlyPaths": hidden(all_readonly),
		},
		devices,
	),
}
