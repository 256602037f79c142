"""The service's refusals: status, code and message in the vendor's words.

The codes are those of the reference pages, the public ECI error codes and the RPC gateway.
"""

from __future__ import annotations

from typing import Any

HOST_ID = "eci.aliyuncs.com"


class ApiError(Exception):
    """A refusal by the API.

    Attributes:
        status: The HTTP status.
        code: The vendor's error code.
        message: The vendor's message.
        request_id: Set when the reply is sent.
        retry_after: Milliseconds for the `x-acs-retry-after` header, if the header is sent.
    """

    def __init__(
        self, status: int, code: str, message: str, *, retry_after: int | None = None
    ) -> None:
        super().__init__(status, code, message)
        self.status = status
        self.code = code
        self.message = message
        self.request_id = ""
        self.retry_after = retry_after

    def __str__(self) -> str:
        """Return the refusal on one line."""
        return f"{self.status} {self.code}: {self.message} (request {self.request_id or 'unsent'})"

    def body(self, host_id: str = HOST_ID) -> dict[str, Any]:
        """Return the vendor's error envelope."""
        return {
            "RequestId": self.request_id,
            "HostId": host_id,
            "Code": self.code,
            "Message": self.message,
            "Recommend": f"https://api.aliyun.com/troubleshoot?q={self.code}&product=Eci",
        }


def missing_parameter(name: str) -> ApiError:
    """A parameter that the operation requires was not sent."""
    return ApiError(
        400, f"Missing{name.partition('.')[0]}", f"{name} is mandatory for this action."
    )


def invalid_parameter(name: str, why: str) -> ApiError:
    """A parameter has a value that the operation cannot take."""
    return ApiError(400, "InvalidParameter", f"The specified parameter {name} is invalid: {why}.")


def value_exceeded(name: str, low: int, high: int) -> ApiError:
    """A number lies outside its range."""
    return ApiError(
        400,
        "InvalidParameter.ValueExceeded",
        f"The value of parameter {name} must be between {low} and {high}.",
    )


def length_exceeded(name: str, limit: int) -> ApiError:
    """A string or list is longer than allowed."""
    return ApiError(
        400,
        "InvalidParameter.LengthExceeded",
        f"The length of parameter {name} exceeded limit: {limit}.",
    )


def too_many_tags(limit: int) -> ApiError:
    """A resource would have more tags than it may."""
    return ApiError(400, "NumberExceed.Tags", f"The length of tags exceeded limit: {limit}.")


def not_found(what: str, name: str) -> ApiError:
    """The resource named by a parameter does not exist."""
    return ApiError(404, "InvalidParameter.NotFound", f"The specified {what} {name} is not found.")


def incorrect_status(code: str, cache_id: str, status: str) -> ApiError:
    """The status of the image cache does not allow the operation."""
    return ApiError(
        400, code, f"The status of image cache {cache_id} is {status}, the operation is denied."
    )


def no_need_update() -> ApiError:
    """The update would change nothing."""
    return ApiError(400, "NoNeedUpdate", "There are no changes to be updated for current resource.")


def quota_exceeded(what: str) -> ApiError:
    """The account's quota of the region is reached."""
    return ApiError(403, "QuotaExceeded", f"{what} quota exceeded.")


def duplicated_name(name: str) -> ApiError:
    """Another resource has the name."""
    return ApiError(400, "InvalidParameter.DuplicatedName", f"The name {name} already exists.")


def idempotent_parameter_mismatch() -> ApiError:
    """A client token was sent again with other parameters."""
    return ApiError(
        400,
        "IdempotentParameterMismatch",
        "The request uses the same client token as a previous, but non-identical request. "
        "Do not reuse a client token with different requests, unless the requests are identical.",
    )


def last_token_processing() -> ApiError:
    """A request with the same client token has not been answered yet."""
    return ApiError(
        403, "LastTokenProcessing", "The previous token request is being processed, try later."
    )


def unknown_action() -> ApiError:
    """The product has no such operation."""
    return ApiError(
        404,
        "InvalidApi.NotFound",
        "Specified api is not found, please check your url and method.",
    )


def throttled(retry_after: int | None = None) -> ApiError:
    """The account exceeds its rate limit."""
    return ApiError(
        400,
        "Throttling.User",
        "Request was denied due to user flow control.",
        retry_after=retry_after,
    )
