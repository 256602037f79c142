"""The images of a Compose file. Pure.

Source: the Compose Specification, compose-spec.io.
"""

from __future__ import annotations

import re

from pulumi_eci.model.reference import names_host
from pulumi_eci.program.manifests.documents import Map, Text, Unrendered, Value
from pulumi_eci.program.manifests.findings import RENDER_FIRST, TEMPLATE, Findings, Image
from pulumi_eci.program.manifests.variables import Lookup, VariableError, interpolate

_NAME = re.compile(r"(?:^|[-._])compose(?:[-._]|$)")
_VALUES = re.compile(r"(?:^|[-._])values(?:[-._]|$)")
"""The name of a Helm values file."""

_TOP = frozenset(
    [
        "configs",
        "include",
        "models",
        "name",
        "networks",
        "secrets",
        "services",
        "version",
        "volumes",
    ]
)
_OF_SERVICE = frozenset(
    """annotations attach blkio_config build cap_add cap_drop cgroup cgroup_parent command configs
    container_name cpu_count cpu_percent cpu_period cpu_quota cpu_rt_period cpu_rt_runtime
    cpu_shares cpus cpuset credential_spec depends_on deploy develop device_cgroup_rules devices
    dns dns_opt dns_search domainname driver_opts entrypoint env_file environment expose extends
    external_links extra_hosts gpus group_add healthcheck hostname image init ipc isolation
    label_file labels links logging mac_address mem_limit mem_reservation mem_swappiness
    memswap_limit models network_mode networks oom_kill_disable oom_score_adj pid pids_limit
    platform ports post_start pre_stop privileged profiles provider pull_policy
    pull_refresh_after read_only restart runtime scale secrets security_opt shm_size stdin_open
    stop_grace_period stop_signal storage_opt sysctls tmpfs tty ulimits use_api_socket user
    userns_mode uts volumes volumes_from working_dir""".split()  # noqa: SIM905
)
_NO_COMPOSE = "Give the file a name with `compose` in it if it is a Compose file."


def is_compose(document: Map, name: str, findings: Findings) -> bool:
    """Tell whether *document* of the file *name* is a Compose file, and no values of Helm.

    The file's name says so, or else all keys are those of Compose, which refuses others.
    """
    services = document.get("services")
    if _NAME.search(name):
        return services is not None or "include" in document
    if _VALUES.search(name) or not isinstance(services, dict):
        return False
    foreign = _foreign(document, services)
    if foreign is None:
        return True
    if any(isinstance(each, dict) and "image" in each for each in services.values()):
        findings.leave_out(
            foreign.line, f"not read as a Compose file, which has no such `{foreign}`", _NO_COMPOSE
        )
    return False


def _foreign(document: Map, services: Map) -> Text | None:
    """Return a key that Compose does not have, or whose value it does not take."""
    key: Text
    name: Text
    for key in document:
        if key not in _TOP and not key.startswith("x-"):
            return key
    for name, service in services.items():
        if not isinstance(service, dict | None):
            return name
        for key, value in (service or {}).items():
            if key not in _OF_SERVICE and not key.startswith("x-"):
                return key
            if key == "image" and isinstance(value, dict):
                return key
    return None


def read_compose(document: Map, findings: Findings, lookup: Lookup) -> None:
    """Find the images of the services of a Compose file, those with `profiles` too."""
    services = document.get("services")
    if isinstance(services, dict):
        for name, service in services.items():
            if isinstance(service, dict):
                _read_service(service, findings, lookup)
            elif isinstance(service, Unrendered):
                findings.problem(service.line, f"a service {TEMPLATE}", RENDER_FIRST)
            elif service is not None:
                findings.problem(name.line, "a service must be a map")
    elif services is not None:
        findings.problem(next(iter(document)).line, "`services` must be a map")
    for included in _members(document.get("include")):
        paths = included.get("path") if isinstance(included, dict) else included
        findings.files += [
            (path, "`include` names") for path in _members(paths) if isinstance(path, Text)
        ]


def _read_service(service: Map, findings: Findings, lookup: Lookup) -> None:
    is_built = service.get("build") is not None
    for key, value in service.items():
        if key == "image" and value is not None:
            _read_image(value, key.line, is_built, findings, lookup)
        elif key == "volumes":
            for volume in _members(value):
                if isinstance(volume, dict) and volume.get("type") == "image":
                    _read_image(volume.get("source"), key.line, False, findings, lookup)
    base = service.get("extends")
    if isinstance(base, dict) and service.get("image") is None and not is_built:
        path = base.get("file")
        if isinstance(path, Text):
            findings.files.append((path, "`extends` names"))


def _read_image(
    value: Value, line: int, is_built: bool, findings: Findings, lookup: Lookup
) -> None:
    if not findings.is_string(value, line):
        return
    if "{{" in value:
        findings.problem(value.line, f"`image` {TEMPLATE}", RENDER_FIRST)
        return
    try:
        name = interpolate(value, lookup)
    except VariableError as error:
        # `app:${TAG}` of a service that is built: no tag makes a host of that.
        if not is_built or "/" in value or value.startswith("$"):
            findings.problem(value.line, f"`image`: {error}", error.advice)
        return
    if not is_built or names_host(name):
        findings.images.append(Image(name, value.line, in_list=False))


def _members(value: Value) -> list[Value]:
    return value if isinstance(value, list) else [] if value is None else [value]
