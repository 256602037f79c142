"""The name of a cache whose program gives none: from the resource's name, with a stable suffix; and
the name that a resource goes by among all others.

No document gives the rule for image cache names. The rule for container groups is taken (lower-case
letters, digits and `-`, neither first nor last a `-`), so a made-up name is valid under either; a
name that the user gives is left to the service. What the rule does not take is replaced, and what
is too long is cut; the hash of the whole name then keeps such names apart.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from enum import IntEnum

from pulumi_eci.model.fields import LONGEST_NAME

_SUFFIX = 7  # hex digits, as many as the engine's own
_LONGEST_STEM = LONGEST_NAME - _SUFFIX - 1
_OWNER = 32  # hex digits
_INVALID = re.compile(r"[^a-z0-9-]+")
_NO_STEM = "cache"


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
        ValueError: If made-up names are off; its text says what to do.
    """
    if mode is NamingMode.DISABLE:
        raise ValueError("required, since pulumi:autonaming is off: set `image_cache_name`")
    if mode is NamingMode.ENFORCE and proposed:
        return proposed
    if proposed:
        stem, changed = _valid(proposed, LONGEST_NAME)
        return f"{stem[:_LONGEST_STEM]}-{_digits(proposed.encode())}" if changed else stem
    stem, _ = _valid(resource_name, _LONGEST_STEM)
    random = seed or secrets.token_bytes(16)
    apart = b"" if stem == resource_name else resource_name.encode()
    return f"{stem}-{_digits(random + apart)}"


def _digits(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()[:_SUFFIX]


def name_owner(urn: str, namespace: str, stack: str) -> str:
    """Identify a resource among all that share an account; "" if that cannot be done.

    Args:
        urn: The resource's URN, which holds project and stack by name.
        namespace: What a user tells stacks of the same name apart by.
        stack: What else is known of the stack, and only there (see `dynamic.identity`).
    """
    if not urn or not (namespace or stack):
        return ""
    return hashlib.sha256(f"{namespace}\n{stack}\n{urn}".encode()).hexdigest()[:_OWNER]


def _valid(name: str, longest: int) -> tuple[str, bool]:
    """Make *name* valid, and tell whether that took more than another spelling of it."""
    spelled = name.lower().replace("_", "-").replace(".", "-")
    stem = _INVALID.sub("-", spelled).strip("-")[:longest].rstrip("-") or _NO_STEM
    return stem, stem != spelled
