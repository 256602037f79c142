"""Finds the images of Compose files. Pure.

Source: the Compose Specification, compose-spec.io.
"""

from __future__ import annotations

import re

from pulumi_eci.model.reference import canonical, names_host
from pulumi_eci.program.manifests.documents import Map, Text, Unrendered, Value
from pulumi_eci.program.manifests.findings import RENDER_FIRST, TEMPLATE, Findings, Image, Pod
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
_NO_COMPOSE = "If the file is a Compose file, give it a name with `compose`."
_UNDER_SERVICES = "In a Compose file, services must be under `services`."


def is_compose(document: Map, name: str, in_chart: bool, findings: Findings) -> bool:
    """Return whether *document* is a Compose file and not the values of a Helm chart.

    Either the file's name contains `compose`, or all keys are keys of Compose.

    Args:
        document: The document.
        name: The file's name.
        in_chart: Whether the file is in the folder of a Helm chart.
        findings: Receives a left-out image if the document is similar to a Compose file.
    """
    services = document.get("services")
    if _NAME.search(name):
        _report_version_1(document, findings)
        return services is not None or "include" in document
    if in_chart or _VALUES.search(name) or not isinstance(services, dict):
        return False
    foreign = _foreign(document, services)
    if foreign is None:
        return True
    if any(isinstance(each, dict) and "image" in each for each in services.values()):
        findings.leave_out(
            foreign.line,
            f"not read as a Compose file, because Compose has no key `{foreign}`",
            _NO_COMPOSE,
        )
    return False


def _report_version_1(document: Map, findings: Findings) -> None:
    """Report images of services at the top level, as in version 1 of the Compose format."""
    for key, value in document.items():
        if key not in _TOP and not key.startswith("x-") and isinstance(value, dict):
            line = next((each.line for each in value if each == "image"), 0)
            if line:
                findings.leave_out(line, f"`{key}.image`", _UNDER_SERVICES)


def _foreign(document: Map, services: Map) -> Text | None:
    """Return a key that Compose does not have, or whose value is invalid in Compose."""
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
    """Find the images of the services of a Compose file, including services with `profiles`.

    Args:
        document: The file.
        findings: Receives images, problems and included files.
        lookup: Returns the value of a variable, or None.
    """
    services = document.get("services")
    if isinstance(services, dict):
        maps: Map = {}
        for name, service in services.items():
            if isinstance(service, dict):
                maps[name] = service
            elif isinstance(service, Unrendered):
                findings.problem(service.line, f"a service {TEMPLATE}", RENDER_FIRST)
            elif service is not None:
                findings.problem(name.line, "a service must be a map")
        _Services(maps, findings, lookup).read()
    elif services is not None:
        findings.problem(next(iter(document)).line, "`services` must be a map")
    for included in _members(document.get("include")):
        paths = included.get("path") if isinstance(included, dict) else included
        findings.files += [
            (path, "images of the included file")
            for path in _members(paths)
            if isinstance(path, Text)
        ]


class _Services:
    """The services of one file."""

    def __init__(self, services: Map, findings: Findings, lookup: Lookup) -> None:
        self.services = services
        self.findings = findings
        self.lookup = lookup
        self.built = {
            self.identity(service["image"])
            for service in services.values()
            if isinstance(service.get("image"), Text) and self.is_built(service)
        }
        """Images that a service builds, so that no registry has them. Other services may run
        them."""
        self.built.discard("")

    def read(self) -> None:
        for name, service in self.services.items():
            pod = Pod("service", name)
            policy = service.get("pull_policy")
            for key, value in service.items():
                if key == "image" and value is not None:
                    self.read_image(value, key.line, pod, str(policy or ""))
                elif key == "volumes":
                    for volume in _members(value):
                        if isinstance(volume, dict) and volume.get("type") == "image":
                            self.read_image(volume.get("source"), key.line, pod)
            base = service.get("extends")
            path = base.get("file") if isinstance(base, dict) else None
            if isinstance(path, Text) and not {"image", "build"} & service.keys():
                self.findings.files.append((path, "images of the extended file"))

    def is_built(self, service: Map) -> bool:
        """Return whether *service*, or a service of this file that it extends, has `build`."""
        for _ in self.services:
            base = service.get("extends")
            name = base.get("service") if isinstance(base, dict) else base
            if service.get("build") is not None or name not in self.services:
                break
            service = self.services[name]
        return service.get("build") is not None

    def identity(self, value: Text) -> str:
        """Return a key that is equal for all names of one image; "" if the name may have a host."""
        try:
            name = interpolate(value, self.lookup)
        except VariableError:
            # `app:${TAG}` has no host, whatever the tag is.
            return "" if "/" in value or value.startswith("$") else value
        return "" if names_host(name) else canonical(name)

    def read_image(self, value: Value, line: int, pod: Pod, pull_policy: str = "") -> None:
        if not self.findings.is_string(value, line) or self.identity(value) in self.built:
            return
        if "{{" in value:
            self.findings.problem(value.line, f"`image` {TEMPLATE}", RENDER_FIRST)
            return
        try:
            name = interpolate(value, self.lookup)
        except VariableError as error:
            self.findings.problem(value.line, f"`image`: {error}", error.advice)
        else:
            self.findings.images.append(Image(name, value.line, False, pod, pull_policy))


def _members(value: Value) -> list[Value]:
    return value if isinstance(value, list) else [] if value is None else [value]
