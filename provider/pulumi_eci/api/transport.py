"""Why no usable answer came, read from what the HTTP library beneath the SDK raised."""

from __future__ import annotations

import re

# What the SDK wraps tells more by its type than by its text, and the text may hold the URL.
_REASONS = (
    ("proxy", "the proxy of HTTP_PROXY or HTTPS_PROXY did not answer (NO_PROXY is not honoured)"),
    ("timeout", "it did not answer in time"),
    ("timed out", "it did not answer in time"),
    ("refused", "the connection was refused"),
    ("name resolution", "its name could not be resolved"),
    ("nameresolution", "its name could not be resolved"),
    ("name or service not known", "its name could not be resolved"),
    ("certificate", "its TLS certificate was not accepted"),
    ("reset", "the connection was reset"),
    ("aborted", "the connection was closed before the reply"),
    ("remotedisconnected", "the connection was closed before the reply"),
    ("json", "the reply is not JSON"),
    ("decode", "the reply is not JSON"),
)


NEVER_ARRIVED = {
    reason
    for word, reason in _REASONS
    if word in {"proxy", "refused", "name resolution", "certificate"}
}
"""The reasons for which a request cannot have had an effect."""

_URL = re.compile(r"url: \S+|\w+://\S+|host='[^']*'")


def transport_reason(error: BaseException) -> str:
    """Say why no usable answer came, without the URL, which holds passwords."""
    # An image may well be called json-server.
    text = _URL.sub("", f"{type(error).__name__} {error}").lower()
    return next((reason for word, reason in _REASONS if word in text), "the connection failed")
