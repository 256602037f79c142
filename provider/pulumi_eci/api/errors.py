"""Everything that can go wrong, in the words a user reads.

The tree::

    EciError                  one clean line for the user
    |-- ApiError              the service answered with a code
    |-- TransportError        no usable answer arrived
    |-- ConfigurationError    credentials, region or endpoint are missing or wrong
    |-- GoneError             the cache does not exist (any more)
    `-- IncompleteError       something exists, but is not as wanted: its state must be kept

Messages never hold a request's parameters: a registry password travels among them.
"""

from __future__ import annotations

from typing import Any

from pulumi_eci.api.codes import Reaction, explain_code
from pulumi_eci.api.transport import CHECK_NETWORK
from pulumi_eci.model.text import printable


class EciError(Exception):
    """A failure that is told to the user in one line."""

    @property
    def brief(self) -> str:
        """What happened, for a place where what to do about it would be premature."""
        return str(self)


class ConfigurationError(EciError):
    """Credentials, region or endpoint are missing or wrong."""


class GoneError(EciError):
    """The cache does not exist: evicted, expired or deleted by hand."""


class ApiError(EciError):
    """The service's answer to a call: a code, its message and the request's id.

    Args:
        operation: The API operation, such as `UpdateImageCache`.
        code: The vendor's `Code`.
        message: The vendor's `Message`.
        request_id: The vendor's `RequestId`, for a support ticket.
        status: The HTTP status.
        retry_after: Seconds for which the service asks to be left alone.
        credentials: Where the credentials come from, for a code that is about them.
    """

    def __init__(  # noqa: PLR0913 - what an answer holds
        self,
        operation: str,
        code: str,
        message: str,
        request_id: str = "",
        status: int | None = None,
        *,
        retry_after: float = 0.0,
        credentials: str = "",
    ) -> None:
        self.operation = operation
        self.code = printable(code)
        self.vendor_message = printable(message)
        self.request_id = printable(request_id)
        self.status = status
        row = explain_code(self.code, status, self.vendor_message)
        self.reaction = row.reaction
        self.advice = row.advice
        if row.signing and credentials:
            self.advice += f" The credentials are from {credentials}."
        self.retry_after = retry_after
        self.throttled = row.throttled or retry_after > 0
        self.retry_until_deadline = row.retry_until_deadline or self.throttled
        # A gateway that gives up does not mean that the service behind it did.
        self.in_doubt = status is not None and status >= 500  # noqa: PLR2004 - HTTP's own line
        self.not_found = status == 404 or self.code.endswith("NotFound")  # noqa: PLR2004 - HTTP's
        parts = [f"{operation} answered {self.code}: {self.vendor_message.rstrip('.')}."]
        if self.request_id:
            parts.append(f"(RequestId {self.request_id})")
        self._brief = " ".join(parts)
        super().__init__(f"{self._brief} {self.advice}")

    @property
    def brief(self) -> str:
        """See `EciError.brief`: the service's answer without the advice."""
        return self._brief


class TransportError(EciError):
    """No usable answer arrived; whether the call took effect is not known.

    Args:
        operation: The API operation.
        endpoint: Host and port that were asked, never a whole URL.
        reason: What went wrong, in words that cannot hold a secret.
        reached: Whether the request may have arrived.
        final: Whether the same call would fail again for sure.
        advice: What a person can do.
    """

    def __init__(  # noqa: PLR0913 - what there is to tell
        self,
        operation: str,
        endpoint: str,
        reason: str,
        *,
        reached: bool = True,
        final: bool = False,
        advice: str = CHECK_NETWORK,
    ) -> None:
        self.operation = operation
        self.reaction = Reaction.FINAL if final else Reaction.RETRY
        self.in_doubt = reached
        super().__init__(f"{operation} got no usable answer from {endpoint}: {reason}. {advice}")


class IncompleteError(EciError):
    """A cache exists, or was changed, but is not as wanted; what is known of it must be kept.

    Args:
        cache_id: The cache's id, `imc-…`.
        outputs: The state to keep, with the cache's true status.
        reason: One line for the user.
    """

    def __init__(self, cache_id: str, outputs: dict[str, Any], reason: str) -> None:
        self.cache_id = cache_id
        self.outputs = outputs
        super().__init__(reason)
