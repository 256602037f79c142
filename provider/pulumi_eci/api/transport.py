"""Why no usable answer came, read from what the HTTP library beneath the SDK raised."""

from __future__ import annotations

import re
from dataclasses import dataclass

CHECK_NETWORK = "Check the network, and eci:endpoint or eci:region."
_ENDPOINT = "Is {setting} an ECI endpoint, and its port the right one?"


@dataclass(frozen=True)
class Reason:
    """Why no usable answer came.

    Attributes:
        text: The reason, in words of our own.
        reached: Whether the request may have arrived.
        final: Whether the same call would fail again for sure.
        advice: What a person can do; `{setting}` stands for the setting that has the address.
    """

    text: str
    reached: bool = True
    final: bool = False
    advice: str = CHECK_NETWORK


_NO_JSON = "failed to parse the value as json format"
_NOT_JSON = Reason("the reply is not JSON")
_WEB_PAGE = Reason("a web page came back, and no answer of the ECI API", advice=_ENDPOINT)
NOT_THIS_API = Reason("the reply is not one of this API", advice=_ENDPOINT)
_FAILED = Reason("the connection failed")

_NO_TLS = Reason(
    "it does not speak TLS",
    reached=False,
    final=True,
    advice="If it is a plain-HTTP server, write http:// before the address in {setting}; "
    "otherwise the port is another service's.",
)
_TLS_REFUSED = Reason(
    "it refused the TLS connection", reached=False, final=True, advice="Check {setting}."
)
_NO_HTTP = Reason(
    "it does not speak HTTP",
    advice="A TLS server needs https:// in {setting}; otherwise the port is another service's.",
)
# What the SDK wraps tells more by its type than by its text, and the text may hold the URL.
_REASONS = (
    (
        "proxy",
        Reason(
            "the proxy of HTTP_PROXY or HTTPS_PROXY did not answer (NO_PROXY is not honoured)",
            reached=False,
        ),
    ),
    (r"(ssl|tls)v\d+_alert", _TLS_REFUSED),
    (
        "certificate",
        Reason(
            "its TLS certificate was not accepted",
            reached=False,
            final=True,
            advice="If a CA of your own signed it, name the CA's file in SSL_CERT_FILE; otherwise "
            "check {setting}, and the clock of this machine.",
        ),
    ),
    ("wrong.version.number|packet_length_too_long|record_layer_failure", _NO_TLS),
    ("unexpected_eof|eof occurred", Reason("the connection was closed while TLS was set up")),
    ("badstatusline", _NO_HTTP),
    ("timeout|timed out", Reason("it did not answer in time")),
    ("refused", Reason("the connection was refused", reached=False)),
    (
        "name ?resolution|name or service not known",
        Reason("its name could not be resolved", reached=False),
    ),
    ("reset", Reason("the connection was reset")),
    ("aborted|remotedisconnected", Reason("the connection was closed before the reply")),
    ("decode|json", _NOT_JSON),
)

_URL = re.compile(r"url: \S+|\w+://\S+|host='[^']*'")


def transport_reason(error: BaseException) -> Reason:
    """Say why no usable answer came, without the URL, which holds passwords."""
    if isinstance(error, AttributeError | KeyError | TypeError):  # the SDK, over another shape
        return NOT_THIS_API
    # An image may well be called json-server.
    text = _URL.sub("", f"{type(error).__name__} {error}").lower()
    _, no_json, body = text.partition(_NO_JSON)
    if no_json:  # what the body says is no reason of the connection's
        return _WEB_PAGE if re.match(r'[^"]*"\s*<', body) else _NOT_JSON
    return next((reason for words, reason in _REASONS if re.search(words, text)), _FAILED)
