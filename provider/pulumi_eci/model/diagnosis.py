"""Recognises why a build failed, and says what a person can do.

The service documents neither its events nor their messages. It passes on the messages of container
runtimes and registries, which this module recognises. The result selects advice, and no action.
"""

from __future__ import annotations

import re

_NO_SPACE = r"no space left|disk quota|not enough (disk )?space|larger than|exceeds? .*size"
_PLAIN_HTTP = r"http response to https client"
_NO_TRUST = r"x509|certificate"
_LIMITED = r"toomanyrequests|too many requests|rate limit"
_NO_PLATFORM = r"no match(ing)? (for platform|manifest)|exec format"
_REFUSED = (
    r"unauthori[sz]ed|authentication required|authorization failed|no basic auth|denied|forbidden"
    r"|(incorrect|invalid|wrong) (username|password|credential)"
)
_NO_ROUTE = (
    r"no such host|i/o timeout|timed? ?out|timeout|deadline exceeded|no route to host|dial tcp"
    r"|network is unreachable|connection (refused|reset)"
)
_NO_IMAGE = r"manifest unknown|name[_ ]unknown|not found|does not exist|no such image"

CAUSES: dict[str, str] = {
    _NO_SPACE: "The images do not fit: raise image_cache_size; twice their unpacked size is "
    "advised.",
    _PLAIN_HTTP: "The registry has no TLS: name the registry in plain_http_registry.",
    _NO_TRUST: "The registry's certificate is not trusted: name the registry in insecure_registry, "
    "or correct the certificate.",
    _LIMITED: "The registry limits pulls: log in with image_registry_credentials, or pull from a "
    "mirror.",
    _NO_PLATFORM: "The image has no variant for linux/amd64: push one, or name another image.",
    _REFUSED: "The registry denied access: check server, user_name and password in "
    "image_registry_credentials (or acr_registry_infos), and the image's name: some registries "
    "refuse an image that does not exist.",
    _NO_ROUTE: "The build cannot reach the registry: give the vSwitch's VPC a NAT gateway, name "
    "an EIP in eip_instance_id, or use the registry's VPC address.",
    _NO_IMAGE: "The registry has no such image: check its name and tag.",
}
"""Advice by pattern. The first pattern that matches decides: a missing platform also says `not
found`."""

_PATTERNS = tuple(
    (re.compile(pattern, re.IGNORECASE), advice) for pattern, advice in CAUSES.items()
)
_QUOTED = re.compile(r'"[^"]*"')


def advise(words: str) -> str:
    """Return what to do about a build that ended with the message *words*; "" if it is unknown."""
    text = _QUOTED.sub("", words)  # an image may be called timeout
    return next((advice for pattern, advice in _PATTERNS if pattern.search(text)), "")
