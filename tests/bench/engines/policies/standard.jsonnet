local mount(destination, type, source, options) = { destination: destination, type: type, source: source, options: options };
local rule(type, major, minor, access) = { allow: true, type: type, major: major, [if minor != null then 'minor']: minor, access: access };
local defaults = ['CAP_AUDIT_WRITE', 'CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_FOWNER', 'CAP_FSETID', 'CAP_KILL', 'CAP_MKNOD', 'CAP_NET_BIND_SERVICE', 'CAP_NET_RAW', 'CAP_SETFCAP', 'CAP_SETGID', 'CAP_SETPCAP', 'CAP_SETUID', 'CAP_SYS_CHROOT'];
local masked = ['/proc/acpi', '/proc/asound', '/proc/kcore', '/proc/keys', '/proc/latency_stats', '/proc/timer_list', '/proc/timer_stats', '/proc/sched_debug', '/proc/scsi', '/sys/firmware', '/sys/devices/virtual/powercap'];
local readonly = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];
local base_env = [{ name: 'PATH', value: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' }, { name: 'TERM', value: 'xterm' }];

function(s)
  local host = s.host;
  local hidden(paths) = if s.privileged then [] else paths;
  local ro = hidden(['ro']);
  local gpus = if s.gpus == null then 0 else s.gpus;
  local indices = std.join(',', [std.toString(i) for i in std.range(0, gpus - 1)]);
  local bind(source, entry) = mount(entry.target, 'bind', source, ['rbind', if entry.readonly then 'ro' else 'rw']);
  local storage(entry) =
    if entry.type == 'bind' then bind(entry.source, entry)
    else if entry.type == 'named' then bind(s.volumes[entry.name], entry)
    else mount(entry.target, 'tmpfs', 'tmpfs', ['nosuid', 'nodev']
      + (if entry.size != null then ['size=%d' % entry.size] else [])
      + (if entry.mode != null then ['mode=' + entry.mode] else []));
  local own = [storage(entry) for entry in s.storage];
  local targets = [it.destination for it in own];
  local mounts = [
    it
    for it in [
      mount('/proc', 'proc', 'proc', ['nosuid', 'noexec', 'nodev']),
      mount('/dev', 'tmpfs', 'tmpfs', ['nosuid', 'strictatime', 'mode=755', 'size=65536k']),
      mount('/dev/pts', 'devpts', 'devpts', ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5']),
      mount('/dev/shm', 'tmpfs', 'shm', ['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=65536k']),
      mount('/dev/mqueue', 'mqueue', 'mqueue', ['nosuid', 'noexec', 'nodev']),
      mount('/sys', 'sysfs', 'sysfs', ['nosuid', 'noexec', 'nodev'] + ro),
      mount('/sys/fs/cgroup', 'cgroup', 'cgroup', ['nosuid', 'noexec', 'nodev', 'relatime'] + ro),
    ]
    if !std.member(targets, it.destination)
  ] + own;
  local given = { [it.name]: it.value for it in s.env };
  local gpu_env = if gpus > 0 then [{ name: name, value: indices } for name in ['NVIDIA_VISIBLE_DEVICES', 'CUDA_VISIBLE_DEVICES']] else [];
  local env = [{ name: it.name, value: std.get(given, it.name, it.value) } for it in base_env]
    + [it for it in s.env if it.name != 'PATH' && it.name != 'TERM'] + gpu_env;
  local granted = std.sort(if s.privileged then host.capabilities else std.setUnion(
    [it for it in defaults if std.member(host.capabilities, it)], std.sort(s.capabilities)));
  local gpu_nodes = if gpus > 0 then ['/dev/nvidiactl', '/dev/nvidia-uvm', '/dev/nvidia-uvm-tools'] + ['/dev/nvidia%d' % i for i in std.range(0, gpus - 1)] else [];
  local nodes = [
    { path: path, type: host.devices[path].type, major: host.devices[path].major, minor: host.devices[path].minor, fileMode: 438, uid: 0, gid: 0 }
    for path in [it.path for it in s.devices] + gpu_nodes
    if std.objectHas(host.devices, path)
  ];
  {
    ociVersion: '1.0.2',
    root: { path: 'rootfs', readonly: false },
    mounts: std.sort(mounts, function(it) std.length(std.split(it.destination, '/'))),
    process: {
      terminal: false,
      user: { uid: 0, gid: 0 },
      args: if s.command != [] then s.command else if s.image_args != [] then s.image_args else ['/bin/sh'],
      env: [it.name + '=' + it.value for it in env],
      cwd: if s.workdir != null then s.workdir else '/',
      capabilities: { bounding: granted, effective: granted, permitted: granted },
      noNewPrivileges: !s.privileged && s.capabilities == [],
    },
    hostname: if s.hostname != null then s.hostname else s.id,
    linux: {
      resources: {
        devices: if s.privileged then [{ allow: true, access: 'rwm' }] else
          [{ allow: false, access: 'rwm' }]
          + [rule('c', it[0], it[1], 'rwm') for it in [[1, 3], [1, 5], [1, 7], [1, 8], [1, 9], [5, 0], [5, 1], [5, 2], [136, null]]]
          + [rule(host.devices[it.path].type, host.devices[it.path].major, host.devices[it.path].minor, it.access) for it in s.devices if std.objectHas(host.devices, it.path)]
          + (if gpus > 0 then [rule('c', 195, null, 'rwm'), rule('c', std.get(host.majors, 'nvidia-uvm', 510), null, 'rwm')] else []),
        [if s.cpu != null then 'cpu']: { period: 100000, quota: std.round(s.cpu * 100000) },
        [if s.memory != null then 'memory']: { limit: s.memory },
      },
      namespaces: [{ type: it } for it in ['pid', 'ipc', 'uts', 'mount'] + (if s.host_network then [] else ['network']) + (if host.cgroup_v2 then ['cgroup'] else [])],
      [if nodes != [] then 'devices']: nodes,
      rootfsPropagation: 'private',
      maskedPaths: hidden(masked),
      readonlyPaths: hidden(readonly),
    },
  }
