"""What one stack knows in each of its runs, and no other stack does.

Two stacks may have the same project, stack and resource names: on two backends, or in two
organizations. The host tells neither, and it drops the id of its provider resource, which would do.
What is left: where the backend is, as the engine finds out; and for a backend in files, whose
address says little (`file://~`), that id, read from the state that the engine wrote before the
first call of a provider.
"""

from __future__ import annotations

import gzip
import json
import re
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

_FILE = "file://"
_PROJECT_FILES = ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json")
_PROVIDER_TYPE = "pulumi:providers:pulumi-python"
_PULUMI_CLOUD = "https://api.pulumi.com"
_THIS_MACHINE = re.compile(r"localhost|\b127\.\d+\.\d+\.\d+\b|\[::1\]")


def stack_of(urn: str) -> str:
    """Return the start of *urn* that all resources of its stack share: stack and project."""
    return "::".join(urn.split("::")[:2])


def identify_stack(urn: str, organization: str, environ: Mapping[str, str], folder: Path) -> str:
    """Return a text that the stack of *urn* has in common with no other stack; "" if none is found.

    Args:
        urn: The URN of any resource of the stack.
        organization: The stack's organization, as far as the program was told.
        environ: The environment of the engine, which this process shares.
        folder: The folder of the program.
    """
    url = find_backend(environ, folder)
    if url.startswith(_FILE):
        return _provider_id(url, urn, environ, folder)
    parts = urlsplit(url)
    place = url.rstrip("/").replace(f"{parts.netloc.rpartition('@')[0]}@", "", 1)
    machine = socket.gethostname() if _THIS_MACHINE.search(place) else ""
    return f"{place} {organization} {machine}" if place else ""


def find_backend(environ: Mapping[str, str], folder: Path) -> str:
    """Return the URL of the backend in the engine's order: environment, project, login."""
    return (
        environ.get("PULUMI_BACKEND_URL")
        or _project_backend(folder)
        or _login(environ)
        or environ.get("PULUMI_API")
        or (_PULUMI_CLOUD if environ.get("PULUMI_ACCESS_TOKEN") else "")
    )


def _project_backend(folder: Path) -> str:
    for place in (folder, *folder.parents):
        for name in _PROJECT_FILES:
            if (file := place / name).is_file():
                return _text(_read(file), "backend", "url")
    return ""


def _login(environ: Mapping[str, str]) -> str:
    home = environ.get("PULUMI_CREDENTIALS_PATH") or environ.get("PULUMI_HOME")
    return _text(
        _read((Path(home) if home else _home() / ".pulumi") / "credentials.json"), "current"
    )


def _provider_id(url: str, urn: str, environ: Mapping[str, str], folder: Path) -> str:
    """Return the id of the dynamic provider in the stack's state; the default provider's if any."""
    for file in _state_files(url, urn, environ, folder):
        resources = _member(_read(file), "checkpoint", "latest", "resources")
        found = {
            _text(resource, "urn"): _text(resource, "id")
            for resource in (resources if isinstance(resources, list) else ())
            if _text(resource, "type") == _PROVIDER_TYPE
        }
        if found:
            return found[min(found, key=lambda urn: (not urn.endswith("::default"), urn))]
    return ""


def _state_files(url: str, urn: str, environ: Mapping[str, str], folder: Path) -> Iterator[Path]:
    stack, project = urn.removeprefix("urn:pulumi:").split("::")[:2]
    path = url.removeprefix(_FILE).partition("?")[0]
    if path.startswith("~"):
        path = f"{_home()}{path[1:]}"
    path = re.sub(r"^/(?=[A-Za-z]:)", "", path)  # /C:/state
    # Relative to where the engine was started, which may be within the project or above it.
    for place in (Path(environ.get("PWD") or folder), folder, *folder.parents):
        for spelling in (path, unquote(path)):
            stacks = place / spelling / ".pulumi" / "stacks"
            for name in (f"{project}/{stack}.json", f"{stack}.json"):
                yield stacks / name
                yield stacks / f"{name}.gz"


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:  # nobody knows where it is
        return Path()


def _read(file: Path) -> object:
    """Read a file of JSON or YAML; None if it cannot be read."""
    try:
        raw = file.read_bytes()
        text = (gzip.decompress(raw) if file.suffix == ".gz" else raw).decode()
        return _parse_yaml(text) if file.suffix in (".yaml", ".yml") else json.loads(text)
    except (OSError, EOFError, ValueError):
        return None


def _parse_yaml(text: str) -> object:
    import yaml  # noqa: PLC0415 - a preview does without

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError from error


def _text(value: object, *path: str) -> str:
    found = _member(value, *path)
    return found if isinstance(found, str) else ""


def _member(value: object, *path: str) -> object:
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
