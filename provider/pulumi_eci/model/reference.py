"""Image references: the grammar that registries accept, and the canonical spelling. Pure.

Source: github.com/distribution/reference (`name[:tag][@digest]`, the normalised names of Docker
Hub) and the OCI distribution specification (names, tags, digests).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

DOCKER_HUB = "docker.io"
_DOCKER_HUB_ALIASES = {"index.docker.io", "registry-1.docker.io"}
_OFFICIAL = "library/"
_LONGEST_NAME = 255  # host and path

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_PATH = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_HOST = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[a-fA-F0-9:]+\])(?::(?P<port>[0-9]{{1,5}}))?")
_PORTS = range(1, 65536)
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_DIGEST = re.compile(r"[a-z0-9]+(?:[+._-][a-z0-9]+)*:[A-Za-z0-9=_-]{32,}")
_IMAGE_ID = re.compile(r"[a-f0-9]{64}")
_SHA256 = re.compile(r"sha256:[a-f0-9]{64}")


class InvalidReferenceError(ValueError):
    """A text is no image reference; the message says why, without quoting the text."""


@dataclass(frozen=True)
class Reference:
    """One image reference, as Docker and Kubernetes read it.

    Args:
        host: The registry's host in lower case, with its port if any; `docker.io` if the text names
            none.
        path: The repository within the registry, `library/nginx` for `nginx`.
        tag: The tag, or "" if there is none; `latest` if there is neither tag nor digest.
        digest: `sha256:…`, or "".
    """

    host: str
    path: str
    tag: str = ""
    digest: str = ""

    def __str__(self) -> str:
        """Return the canonical spelling, such as `docker.io/library/nginx:latest`."""
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.host}/{self.path}{tag}{digest}"


@functools.lru_cache(maxsize=4096)
def parse_reference(text: str) -> Reference:
    """Read an image reference.

    Raises:
        InvalidReferenceError: No registry can have an image of this name.
    """
    rest, at, digest = text.partition("@")
    if at and not is_digest(digest):
        raise InvalidReferenceError("the digest after `@` must be sha256: and 64 hex digits")
    host, path_and_tag = _split_host(rest)
    path, colon, tag = path_and_tag.partition(":")
    if colon and not _TAG.fullmatch(tag):
        raise InvalidReferenceError(
            "the image tag after `:` must be 1 to 128 letters, digits, `_`, `.` or `-`, and must "
            "not begin with `.` or `-`"
        )
    if host == DOCKER_HUB and "/" not in path:
        path = _OFFICIAL + path
    found = _HOST.fullmatch(host)
    if not found:
        raise InvalidReferenceError("the registry's host is not valid")
    if found["port"] and int(found["port"]) not in _PORTS:
        raise InvalidReferenceError("the port of the registry's host must be from 1 to 65535")
    if not _PATH.fullmatch(path):
        raise InvalidReferenceError(
            "the repository must be lower-case letters and digits, with single `.`, `_`, `__` or "
            "any number of `-` between them, and `/` between its parts"
        )
    if _IMAGE_ID.fullmatch(rest):
        raise InvalidReferenceError("64 hex digits are the id of a local image, not a repository")
    if len(f"{host}/{path}") > _LONGEST_NAME:
        raise InvalidReferenceError(f"the name is longer than {_LONGEST_NAME} characters")
    if not colon and not at:
        tag = "latest"
    return Reference(host, path, tag, digest)


def is_reference(text: str) -> bool:
    """Whether *text* is an image reference."""
    try:
        parse_reference(text)
    except InvalidReferenceError:
        return False
    return True


@functools.lru_cache(maxsize=4096)
def canonical(text: str) -> str:
    """Return the one spelling of all names of an image; a text that is no reference as it is."""
    try:
        return str(parse_reference(text))
    except InvalidReferenceError:
        return text


def names_host(text: str) -> bool:
    """Tell whether an image reference begins with a registry's host."""
    return _split_host(text)[1] != text


def one_spelling(texts: Iterable[str], key: Callable[[str], str] = canonical) -> list[str]:
    """Return *texts* without those that name the same image in another way.

    Args:
        texts: Image references, in any order.
        key: What is equal for names of the same image.

    Returns:
        Of each image the shortest of its names, sorted.
    """
    found: dict[str, str] = {}
    for text in sorted(texts, key=lambda text: (len(text), text)):
        found.setdefault(key(text), text)
    return sorted(found.values())


def registry_host(name: str) -> str:
    """Return the host that a registry is called by, as `Reference.host` has it."""
    host = name.strip().partition("/")[0].lower()
    return DOCKER_HUB if host in _DOCKER_HUB_ALIASES else host


def _split_host(text: str) -> tuple[str, str]:
    """Split off the registry's host; by Docker's rule a first part that cannot be a repository.

    Hosts are compared without case, so the host comes back in lower case.
    """
    first, slash, rest = text.partition("/")
    is_host = any(char in first for char in ".:[") or first != first.lower()
    if not slash or not (is_host or first == "localhost"):
        return DOCKER_HUB, text
    return registry_host(first), rest


def is_digest(digest: object) -> bool:
    """Whether *digest* is one: of sha256, or of another algorithm that the specification allows."""
    if not isinstance(digest, str):
        return False
    if digest.startswith("sha256:"):
        return bool(_SHA256.fullmatch(digest))
    return bool(_DIGEST.fullmatch(digest))
