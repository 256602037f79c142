"""Makes the name of a cache whose program gives none, and an identifier for each resource.

No document gives the rule for image cache names. So an auto-name keeps the rule for container
groups: lower-case letters, digits and `-`, with no `-` at the beginning or end. The service checks
the names that users give. Other characters are replaced, long names are cut, and a hash of the
whole name keeps such names distinct.
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
        mode: Whether the proposed name must be used as it is, or auto-naming is off.

    Raises:
        ValueError: Auto-naming is off; the text says what to do.
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


def owner_id(urn: str, namespace: str, stack: str) -> str:
    """Return an identifier of a resource among all that share an account; "" if there is none.

    Args:
        urn: The resource's URN, which holds the names of project and stack.
        namespace: The setting `eci:namespace`, which differs between stacks of the same name.
        stack: What identifies the stack on its backend (see `dynamic.identity`).
    """
    if not urn or not (namespace or stack):
        return ""
    return hashlib.sha256(f"{namespace}\n{stack}\n{urn}".encode()).hexdigest()[:_OWNER]


def _valid(name: str, longest: int) -> tuple[str, bool]:
    """Return *name* made valid, and whether characters were lost."""
    spelled = name.lower().replace("_", "-").replace(".", "-")
    stem = _INVALID.sub("-", spelled).strip("-")[:longest].rstrip("-") or _NO_STEM
    return stem, stem != spelled
