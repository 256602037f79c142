"""The name of a cache whose program gives none: from the resource's name, with a stable suffix; and
the name that a resource goes by among all others.

No document gives the rule for image cache names. The rule for container groups is taken (lower-case
letters, digits and `-`, neither first nor last a `-`), so a made-up name is valid under either; a
name that the user gives is left to the service.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from enum import IntEnum

from pulumi_eci.model.fields import LONGEST_NAME

_SUFFIX = 7  # hex digits, as many as the engine's own
_OWNER = 32  # hex digits
_VALID = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")


class NamingMode(IntEnum):
    """The engine's `pulumi:autonaming` setting (CheckRequest.AutonamingOptions.Mode)."""

    PROPOSE = 0
    ENFORCE = 1
    DISABLE = 2


def name_cache(resource_name: str, seed: bytes, proposed: str, mode: NamingMode) -> str:
    """Make a name for the cache of the resource *resource_name*.

    Args:
        resource_name: The resource's name in the program.
        seed: The engine's random seed: the same in preview and update, another for a replacement.
        proposed: The name that `pulumi:autonaming` wants, or "".
        mode: Whether it wants it so, or no made-up names at all.

    Raises:
        ValueError: If no valid cache name can be made; its text says what to do.
    """
    if mode is NamingMode.DISABLE:
        raise ValueError("required, since pulumi:autonaming is off: set `image_cache_name`")
    if mode is NamingMode.ENFORCE and proposed:
        return proposed
    if proposed:
        return _valid(proposed, "the name that pulumi:autonaming proposes", LONGEST_NAME)
    stem = _valid(resource_name, "the resource's name", LONGEST_NAME - _SUFFIX - 1)
    digest = hashlib.sha256(seed or secrets.token_bytes(16)).hexdigest()
    return f"{stem}-{digest[:_SUFFIX]}"


def name_owner(urn: str, namespace: str) -> str:
    """Identify a resource among all that share an account; "" if *urn* is.

    Args:
        urn: The resource's URN, which holds project and stack.
        namespace: Tells apart stacks that have the same name, on other backends.
    """
    return hashlib.sha256(f"{namespace}\n{urn}".encode()).hexdigest()[:_OWNER] if urn else ""


def _valid(name: str, what: str, longest: int) -> str:
    stem = name.lower().replace("_", "-").replace(".", "-")
    if not _VALID.fullmatch(stem):
        raise ValueError(
            f"{what} cannot be made a cache name (letters, digits and inner `-` only): "
            "set `image_cache_name`, or rename the resource"
        )
    if len(stem) > longest:
        raise ValueError(f"{what} is longer than {longest} characters: set `image_cache_name`")
    return stem
