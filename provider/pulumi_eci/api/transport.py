"""Why no usable answer arrived, found in the exception of the SDK's HTTP library."""

from __future__ import annotations

import re
from dataclasses import dataclass

CHECK_NETWORK = "Check the network, and eci:endpoint or eci:region."
_ENDPOINT = "Check that {setting} is an ECI endpoint and has the right port."


@dataclass(frozen=True)
class Reason:
    """Why no usable answer arrived.

    Attributes:
        text: The reason, without text of the exception.
        reached: Whether the request may have arrived.
        final: Whether a retry would certainly fail.
        advice: What the user can do; `{setting}` stands for the setting that holds the endpoint.
    """

    text: str
    reached: bool = True
    final: bool = False
    advice: str = CHECK_NETWORK


_NO_JSON = "failed to parse the value as json format"
_NOT_JSON = Reason("the reply is not JSON")
_WEB_PAGE = Reason("the reply is a web page, not an answer of the ECI API", advice=_ENDPOINT)
NOT_THIS_API = Reason("the reply is not an answer of this API", advice=_ENDPOINT)
_FAILED = Reason("the connection failed")

_NO_TLS = Reason(
    "the server does not speak TLS",
    reached=False,
    final=True,
    advice="For a server without TLS, write http:// before the address in {setting}. Otherwise "
    "check the port.",
)
_TLS_REFUSED = Reason(
    "the server refused the TLS connection", reached=False, final=True, advice="Check {setting}."
)
_NO_HTTP = Reason(
    "the server does not speak HTTP",
    advice="For a TLS server, write https:// before the address in {setting}. Otherwise check the "
    "port.",
)
# Matched against type and text of the exception, without URLs.
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
            "the server's TLS certificate was not accepted",
            reached=False,
            final=True,
            advice="If a private CA signed the certificate, name the CA's file in SSL_CERT_FILE. "
            "Otherwise check {setting} and the clock of this machine.",
        ),
    ),
    ("wrong.version.number|packet_length_too_long|record_layer_failure", _NO_TLS),
    ("unexpected_eof|eof occurred", Reason("the connection was closed during the TLS handshake")),
    ("badstatusline", _NO_HTTP),
    ("timeout|timed out", Reason("the server did not answer in time")),
    ("refused", Reason("the connection was refused", reached=False)),
    (
        "name ?resolution|name or service not known",
        Reason("the host name could not be resolved", reached=False),
    ),
    ("reset", Reason("the connection was reset")),
    ("aborted|remotedisconnected", Reason("the connection was closed before the reply")),
    ("decode|json", _NOT_JSON),
)

_URL = re.compile(r"url: \S+|\w+://\S+|host='[^']*'")


def transport_reason(error: BaseException) -> Reason:
    """Return why no usable answer arrived. The reason never holds the URL, which has passwords."""
    if isinstance(error, AttributeError | KeyError | TypeError):  # the SDK met an unexpected shape
        return NOT_THIS_API
    # Without URLs: an image in the URL may be called json-server.
    text = _URL.sub("", f"{type(error).__name__} {error}").lower()
    _, no_json, body = text.partition(_NO_JSON)
    if no_json:  # words of the body must not match a reason
        return _WEB_PAGE if re.match(r'[^"]*"\s*<', body) else _NOT_JSON
    return next((reason for words, reason in _REASONS if re.search(words, text)), _FAILED)
