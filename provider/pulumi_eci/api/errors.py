"""The exceptions of the provider. The text of each is the message that the user reads.

The tree::

    EciError                  one clean line for the user
    |-- ApiError              the service answered with a code
    |-- TransportError        no usable answer arrived
    |-- ConfigurationError    credentials, region or endpoint are missing or wrong
    |-- GoneError             the cache does not exist
    `-- IncompleteError       the cache exists, but not as requested: state must keep it

Messages never hold the parameters of a request, because one of them is a registry password.
"""

from __future__ import annotations

from typing import Any

from pulumi_eci.api.codes import Reaction, explain_code
from pulumi_eci.api.transport import CHECK_NETWORK
from pulumi_eci.model.text import printable


class EciError(Exception):
    """A failure that is reported to the user in one line."""

    @property
    def brief(self) -> str:
        """The message without advice, for progress lines."""
        return str(self)


class ConfigurationError(EciError):
    """Credentials, region or endpoint are missing or wrong."""


class GoneError(EciError):
    """The cache does not exist: it was evicted, expired or deleted by hand."""


class ApiError(EciError):
    """The service's answer to a call: a code, its message and the request's id.

    Args:
        operation: The API operation, such as `UpdateImageCache`.
        code: The vendor's `Code`.
        message: The vendor's `Message`.
        request_id: The vendor's `RequestId`, for a support ticket.
        status: The HTTP status.
        retry_after: Seconds to wait before the next call, as the service asks.
        credentials: The setting that the credentials come from, for codes about credentials.
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
        # After a server error the call may still have taken effect.
        self.in_doubt = status is not None and status >= 500  # noqa: PLR2004 - HTTP status
        self.not_found = status == 404 or self.code.endswith("NotFound")  # noqa: PLR2004 - HTTP
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
    """No usable answer arrived, so it is not known whether the call took effect.

    Args:
        operation: The API operation.
        endpoint: Host and port of the request, never a whole URL.
        reason: What went wrong, without secrets.
        reached: Whether the request may have arrived.
        final: Whether a retry would certainly fail.
        advice: What the user can do.
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
    """A cache exists or was changed, but is not as requested. State must keep what is known.

    Args:
        cache_id: The cache's id, `imc-…`.
        outputs: The state to keep, with the cache's true status.
        reason: One line for the user.
    """

    def __init__(self, cache_id: str, outputs: dict[str, Any], reason: str) -> None:
        self.cache_id = cache_id
        self.outputs = outputs
        super().__init__(reason)
