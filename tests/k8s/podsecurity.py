"""The Pod Security Standards of Kubernetes v1.37 as pure functions: what keeps a pod out of a profile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

Pod = dict[str, Any]
Control = Callable[[Pod], Iterator[str]]

# fmt: off
BASELINE_CAPABILITIES = frozenset([
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP",
    "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
])
SYSCTLS = frozenset([
    "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start", "net.ipv4.ping_group_range", "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_notsent_lowat", "net.ipv4.tcp_rmem", "net.ipv4.tcp_slow_start_after_idle",
    "net.ipv4.tcp_syncookies", "net.ipv4.tcp_wmem",
])
VOLUMES = frozenset([
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret",
])
# fmt: on
SELINUX_TYPES = frozenset(["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"])
CONFINED = frozenset(["RuntimeDefault", "Localhost"])
APPARMOR = "container.apparmor.security.beta.kubernetes.io/"


def violations(pod: Pod, profile: str = "restricted") -> list[str]:
    """Return why `pod` (its metadata and spec) is refused under `baseline` or `restricted`; empty where it is not."""
    controls = BASELINE if profile == "baseline" else (*BASELINE, *RESTRICTED)
    return [reason for control in controls for reason in control(pod)]


def _containers(pod: Pod) -> Iterator[tuple[str, Pod]]:
    for group in ("initContainers", "containers", "ephemeralContainers"):
        for container in pod["spec"].get(group) or ():
            yield container["name"], container


def _contexts(pod: Pod) -> Iterator[tuple[str, Pod]]:
    yield "pod", pod["spec"].get("securityContext") or {}
    yield from _container_contexts(pod)


def _container_contexts(pod: Pod) -> Iterator[tuple[str, Pod]]:
    for name, container in _containers(pod):
        yield name, container.get("securityContext") or {}


def _windows(pod: Pod) -> bool:
    return (pod["spec"].get("os") or {}).get("name") == "windows"


def _host_namespaces(pod: Pod) -> Iterator[str]:
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if pod["spec"].get(key):
            yield f"pod: {key} is on"


def _host_paths(pod: Pod) -> Iterator[str]:
    for volume in pod["spec"].get("volumes") or ():
        if "hostPath" in volume:
            yield f"pod: volume {volume['name']} is a hostPath"


def _host_ports(pod: Pod) -> Iterator[str]:
    for name, container in _containers(pod):
        for port in container.get("ports") or ():
            if port.get("hostPort"):
                yield f"{name}: hostPort {port['hostPort']}"


def _host_probes(pod: Pod) -> Iterator[str]:
    for name, container in _containers(pod):
        hooks = [container.get(key) for key in ("livenessProbe", "readinessProbe", "startupProbe")]
        hooks += (container.get("lifecycle") or {}).values()
        for hook in filter(None, hooks):
            for way in ("httpGet", "tcpSocket"):
                if (hook.get(way) or {}).get("host"):
                    yield f"{name}: {way} names the host {hook[way]['host']}"


def _privileged(pod: Pod) -> Iterator[str]:
    for name, context in _container_contexts(pod):
        if context.get("privileged"):
            yield f"{name}: privileged"


def _host_process(pod: Pod) -> Iterator[str]:
    for name, context in _contexts(pod):
        if (context.get("windowsOptions") or {}).get("hostProcess"):
            yield f"{name}: a Windows host process"


def _added_capabilities(pod: Pod) -> Iterator[str]:
    for name, context in _container_contexts(pod):
        for added in (context.get("capabilities") or {}).get("add") or ():
            if added not in BASELINE_CAPABILITIES:
                yield f"{name}: adds the capability {added}"


def _apparmor(pod: Pod) -> Iterator[str]:
    for key, value in (pod["metadata"].get("annotations") or {}).items():
        known = value in {"", "runtime/default"} or value.startswith("localhost/")
        if key.startswith(APPARMOR) and not known:
            yield f"{key.removeprefix(APPARMOR)}: AppArmor profile {value}"
    for name, context in _contexts(pod):
        if "appArmorProfile" in context and context["appArmorProfile"].get("type") not in CONFINED:
            yield f"{name}: AppArmor profile {context['appArmorProfile'].get('type')}"


def _selinux(pod: Pod) -> Iterator[str]:
    for name, context in _contexts(pod):
        options = context.get("seLinuxOptions") or {}
        if options.get("type", "") not in SELINUX_TYPES or options.get("user") or options.get("role"):
            yield f"{name}: SELinux type, user or role of its own"


def _proc_mount(pod: Pod) -> Iterator[str]:
    # A pod in a user namespace of its own may see all of its /proc.
    return iter(()) if pod["spec"].get("hostUsers") is False else _proc_mount_anywhere(pod)


def _proc_mount_anywhere(pod: Pod) -> Iterator[str]:
    for name, context in _container_contexts(pod):
        if context.get("procMount", "Default") != "Default":
            yield f"{name}: procMount {context['procMount']}"


def _unconfined(pod: Pod) -> Iterator[str]:
    for name, context in _contexts(pod):
        if "seccompProfile" in context and context["seccompProfile"].get("type") not in CONFINED:
            yield f"{name}: seccomp profile {context['seccompProfile'].get('type')}"


def _sysctls(pod: Pod) -> Iterator[str]:
    for sysctl in (pod["spec"].get("securityContext") or {}).get("sysctls") or ():
        if sysctl["name"] not in SYSCTLS:
            yield f"pod: sysctl {sysctl['name']}"


def _volumes(pod: Pod) -> Iterator[str]:
    for volume in pod["spec"].get("volumes") or ():
        for kind in volume.keys() - VOLUMES - {"name"}:
            yield f"pod: volume {volume['name']} is of the kind {kind}"


def _escalation(pod: Pod) -> Iterator[str]:
    for name, context in _container_contexts(pod):
        if not _windows(pod) and context.get("allowPrivilegeEscalation") is not False:
            yield f"{name}: allowPrivilegeEscalation is not false"


def _non_root(pod: Pod) -> Iterator[str]:
    shared = (pod["spec"].get("securityContext") or {}).get("runAsNonRoot")
    if shared is False:
        yield "pod: runAsNonRoot is false"
    for name, context in _container_contexts(pod):
        if context.get("runAsNonRoot", shared) is not True:
            yield f"{name}: runAsNonRoot is not true"


def _root_user(pod: Pod) -> Iterator[str]:
    for name, context in _contexts(pod):
        if context.get("runAsUser") == 0:
            yield f"{name}: runAsUser is 0"


def _no_seccomp(pod: Pod) -> Iterator[str]:
    shared = (pod["spec"].get("securityContext") or {}).get("seccompProfile")
    for name, context in _container_contexts(pod):
        if not _windows(pod) and not context.get("seccompProfile", shared):
            yield f"{name}: no seccomp profile"


def _kept_capabilities(pod: Pod) -> Iterator[str]:
    for name, context in _container_contexts(pod):
        capabilities = context.get("capabilities") or {}
        if not _windows(pod) and "ALL" not in (capabilities.get("drop") or ()):
            yield f"{name}: does not drop ALL capabilities"
        if not _windows(pod) and set(capabilities.get("add") or ()) - {"NET_BIND_SERVICE"}:
            yield f"{name}: adds a capability other than NET_BIND_SERVICE"


BASELINE: tuple[Control, ...] = (
    _host_namespaces,
    _host_paths,
    _host_ports,
    _host_probes,
    _privileged,
    _host_process,
    _added_capabilities,
    _apparmor,
    _selinux,
    _proc_mount,
    _unconfined,
    _sysctls,
)
RESTRICTED: tuple[Control, ...] = (
    _volumes,
    _escalation,
    _non_root,
    _root_user,
    _no_seccomp,
    _kept_capabilities,
    _proc_mount_anywhere,
)
