"""What the last words of a failed build mean, and what a person can do about it.

The service documents neither its events nor their messages. What is recognised here is what
container runtimes and registries say, which it passes on.
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
    _PLAIN_HTTP: "The registry speaks plain HTTP: name it in plain_http_registry.",
    _NO_TRUST: "The registry's certificate is not trusted: name it in insecure_registry, or mend "
    "it.",
    _LIMITED: "The registry limits pulls: log in with image_registry_credentials, or pull from a "
    "mirror.",
    _NO_PLATFORM: "The image has no variant for linux/amd64: push one, or name another image.",
    _REFUSED: "The registry refuses: check server, user_name and password in "
    "image_registry_credentials (or acr_registry_infos), and the image's name, since some say this "
    "of what they do not have.",
    _NO_ROUTE: "The build has no way to the registry: give the vSwitch's VPC a NAT gateway, name "
    "an EIP in eip_instance_id, or use the registry's VPC address.",
    _NO_IMAGE: "The registry has no such image: check its name and tag.",
}
"""What to do about words that match a pattern. The first that fits decides: a missing platform is
also `not found`."""

_PATTERNS = tuple(
    (re.compile(pattern, re.IGNORECASE), advice) for pattern, advice in CAUSES.items()
)
_QUOTED = re.compile(r'"[^"]*"')


def advise(words: str) -> str:
    """Return what to do about a build that ended with these *words*; "" if they tell nothing."""
    # An image may well be called timeout.
    told = _QUOTED.sub("", words)
    return next((advice for pattern, advice in _PATTERNS if pattern.search(told)), "")
