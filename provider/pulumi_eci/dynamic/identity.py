"""An identity of a stack that is the same in every run and different for every stack.

Two stacks may have the same project, stack and resource names, on two backends or in two
organizations. The dynamic host passes on neither backend nor organization. It also drops the id of
the provider resource, which would be unique. So the identity is the backend's URL, found as the
engine finds it. The URL of a file backend (`file://~`) is not unique. There the identity is the id
of the provider resource, read from the state file that the engine writes before it calls a
provider.
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
    """Return the part of *urn* that all resources of its stack share: stack and project."""
    return "::".join(urn.split("::")[:2])


def identify_stack(urn: str, organization: str, environ: Mapping[str, str], folder: Path) -> str:
    """Return a text that identifies the stack of *urn*; "" if none is found.

    Args:
        urn: The URN of any resource of the stack.
        organization: The stack's organization, or "" if the program does not know it.
        environ: The environment variables, which the engine passes on to this process.
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
    """Return the URL of the backend: from the environment, the project file or the login.

    The order is the engine's.
    """
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
    """Return the id of a dynamic provider in the stack's state, preferably the default provider."""
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
    # A path is relative to the folder where the engine was started.
    for place in (Path(environ.get("PWD") or folder), folder, *folder.parents):
        for spelling in (path, unquote(path)):
            stacks = place / spelling / ".pulumi" / "stacks"
            for name in (f"{project}/{stack}.json", f"{stack}.json"):
                yield stacks / name
                yield stacks / f"{name}.gz"


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:  # the user has no home folder
        return Path()


def _read(file: Path) -> object:
    """Return the content of a JSON or YAML file, or None if the file cannot be read."""
    try:
        raw = file.read_bytes()
        text = (gzip.decompress(raw) if file.suffix == ".gz" else raw).decode()
        return _parse_yaml(text) if file.suffix in (".yaml", ".yml") else json.loads(text)
    except (OSError, EOFError, ValueError):
        return None


def _parse_yaml(text: str) -> object:
    import yaml  # noqa: PLC0415 - previews do not need it

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
