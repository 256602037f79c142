"""Everything that can go wrong, in the words a user reads.

The tree::

    EciError                  one clean line for the user
    |-- ApiError              the service answered with a code
    |-- TransportError        no usable answer arrived
    |-- ConfigurationError    credentials, region or endpoint are missing or wrong
    |-- GoneError             the cache does not exist (any more)
    `-- IncompleteError       something exists, but is not as wanted: its state must be kept

What a vendor code means, and what a person can do about it, is a table and not code. Sources: the
error codes of the UpdateImageCache reference page, the codes that the API metadata declares for the
other operations, and the gateway's and ECI's public error code pages.

Messages never hold a request's parameters: a registry password travels among them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Any

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_LONGEST_TEXT = 500  # a vendor's message is a sentence or two; an error page is not worth more


class Reaction(Enum):
    """What the provider does about a vendor code."""

    RETRY = "retry"  # the same call again, after a pause
    WAIT = "wait"  # once the cache is Ready or UpdateFailed
    NOTHING_TO_DO = "nothing to do"  # what was asked is already so
    GONE = "gone"
    FINAL = "final"


@dataclass(frozen=True)
class Code:
    """One row: what the provider does, and what the user can do."""

    reaction: Reaction
    advice: str = ""


_BILLING = "Pay the overdue bill of the account, then run again."
_TICKET = "Ask Alibaba Cloud support to enable it for the account."
_RAM = "Grant the RAM user or role the eci actions it needs (see README, 'Permissions')."
_CREDENTIALS = (
    "Check ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or the profile."
)

CODES: dict[str, Code] = {
    # -- again, after a pause
    "Throttling": Code(Reaction.RETRY),
    "Degrade.Api": Code(Reaction.RETRY),
    "ServiceUnavailable": Code(Reaction.RETRY),
    "InternalError": Code(Reaction.RETRY),
    "UnknownError": Code(Reaction.RETRY),
    "OperationConflict": Code(Reaction.RETRY),
    "LastTokenProcessing": Code(Reaction.RETRY),
    "SignatureNonceUsed": Code(Reaction.RETRY),
    # -- once the cache has settled
    "IncorrectStatus": Code(Reaction.WAIT),
    "ImageCache.IncorrectStatus": Code(Reaction.WAIT),
    # -- what was asked is already so
    "NoNeedUpdate": Code(Reaction.NOTHING_TO_DO),
    # -- a person has to act
    "Account.Arrearage": Code(Reaction.FINAL, _BILLING),
    "Forbidden.UserBussinessStatus": Code(Reaction.FINAL, _BILLING),
    "Forbidden.UserNotRealNameAuthentication": Code(
        Reaction.FINAL, "Complete the real-name verification of the account, then run again."
    ),
    "Forbidden.RiskControl": Code(
        Reaction.FINAL, "The account is under risk control: contact Alibaba Cloud support."
    ),
    "SecurityRisk.3DVerification": Code(
        Reaction.FINAL, "Verify the payment method through the link that Alibaba Cloud mailed."
    ),
    "Forbidden.SubUser": Code(Reaction.FINAL, _RAM),
    "Forbidden.RAM": Code(Reaction.FINAL, _RAM),
    "Forbidden.AccessKeyDisabled": Code(Reaction.FINAL, _CREDENTIALS),
    "Forbidden.OnlyForInvitedTest": Code(Reaction.FINAL, _TICKET),
    "ImageCacheNotSupport": Code(Reaction.FINAL, _TICKET),
    "DiskVolume.NotSupport": Code(Reaction.FINAL, _TICKET),
    "RamRole.NotSupport": Code(Reaction.FINAL, "Remove the RAM role, or ask support about it."),
    "NoPermission": Code(
        Reaction.FINAL,
        "Let the service eci.aliyuncs.com assume the role AliyunECIContainerGroupRole.",
    ),
    "NoPermission.Tag": Code(Reaction.FINAL, _RAM),
    "InvalidUser.PassRoleForbidden": Code(
        Reaction.FINAL, "Grant the RAM user or role the action ram:PassRole."
    ),
    "CreateServiceLinkedRole.Denied": Code(
        Reaction.FINAL,
        "Grant ram:CreateServiceLinkedRole, or create AliyunServiceRoleForECI once by hand.",
    ),
    "ServiceNotEnabled": Code(
        Reaction.FINAL, "Activate Elastic Container Instance for the account in the console."
    ),
    "QuotaExceeded": Code(
        Reaction.FINAL,
        "Delete caches that nobody needs, ask for a higher quota, or mark some with "
        "eliminationStrategy=LRU, so that the service may evict them (perhaps other people's too). "
        "A replacement takes a second place unless delete_before_replace is set.",
    ),
    "NumberExceed.Tags": Code(Reaction.FINAL, "A cache takes 20 tags: remove some."),
    "OperationDenied.NoStock": Code(
        Reaction.FINAL, "Add vSwitches of other zones to vswitchId, separated by commas."
    ),
    "Zone.NotOnSale": Code(Reaction.FINAL, "Choose a vSwitch (and zoneId) of another zone."),
    "InvalidVSwitchId.IpNotEnough": Code(
        Reaction.FINAL, "Free addresses in the vSwitch, or add another one to vswitchId."
    ),
    "EipAddressPoolIpNotEnough": Code(Reaction.FINAL, "Name an EIP of your own in eipInstanceId."),
    "OperationDenied.VswZoneMisMatch": Code(
        Reaction.FINAL, "Leave zoneId out, or name the zone of the vSwitch."
    ),
    "OperationDenied.SecurityGroupMisMatch": Code(
        Reaction.FINAL, "Choose a securityGroupId and a vswitchId of the same VPC."
    ),
    "InvalidParameter.CPU.Memory": Code(
        Reaction.FINAL, "The region does not offer the build instance: try another zone."
    ),
    "DryRunOperation": Code(Reaction.FINAL, "Nothing was changed: the request was a dry run."),
    # -- the gateway in front of the service
    "SignatureDoesNotMatch": Code(Reaction.FINAL, _CREDENTIALS),
    "InvalidAccessKeyId": Code(Reaction.FINAL, _CREDENTIALS),
    "InvalidSecurityToken": Code(
        Reaction.FINAL, "The STS token is wrong or has expired: renew it."
    ),
    "InvalidCredentials": Code(Reaction.FINAL, _CREDENTIALS),
    "InvalidTimeStamp": Code(Reaction.FINAL, "Set this machine's clock: it is off by minutes."),
    "InvalidApi": Code(Reaction.FINAL, "Is eci:endpoint an ECI endpoint?"),
    "IdempotentParameterMismatch": Code(Reaction.FINAL, "Run again: a new token will be used."),
    "Missing": Code(Reaction.FINAL, "The service wants a parameter that was left out: add it."),
    "InvalidParameter.DuplicatedName": Code(
        Reaction.FINAL,
        "Leave image_cache_name out, or set delete_before_replace if this is a replacement.",
    ),
    "InvalidParameter": Code(Reaction.FINAL, "Correct the property that the message names."),
}

_UNKNOWN_CODE = Code(Reaction.FINAL)


def explain_code(code: str, status: int | None = None) -> Code:
    """Find the row for a vendor *code*.

    A code for an unknown cache comes first, then the longest prefix of whole dotted words
    (`Throttling.User` is `Throttling`), then the bare prefix of `Missing{Parameter}`; at last the
    HTTP *status* decides.
    """
    if _cache_not_found(code):
        return Code(Reaction.GONE)
    words = code.split(".")
    for length in range(len(words), 0, -1):
        row = CODES.get(".".join(words[:length]))
        if row is not None:
            return row
    if code.startswith("Missing"):
        return CODES["Missing"]
    if status is not None and status >= 500:  # noqa: PLR2004 - HTTP's own line
        return Code(Reaction.RETRY)
    return _UNKNOWN_CODE


def _cache_not_found(code: str) -> bool:
    # No code is documented for an unknown cache. A code about another thing, such as
    # InvalidRegionId.NotFound, must not be taken for it: refresh would forget a live cache.
    return code.endswith("NotFound") and (
        code.startswith("InvalidParameter") or "ImageCache" in code
    )


def printable(text: object) -> str:
    """Return *text* in one line without control characters, cut to a readable length.

    The service is not trusted: its words reach a terminal.
    """
    line = _CONTROL.sub(" ", str(text)).strip()
    return line if len(line) <= _LONGEST_TEXT else line[: _LONGEST_TEXT - 1] + "…"


class EciError(Exception):
    """A failure that is told to the user in one line."""


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
    """

    def __init__(
        self,
        operation: str,
        code: str,
        message: str,
        request_id: str = "",
        status: int | None = None,
    ) -> None:
        self.operation = operation
        self.code = printable(code)
        self.vendor_message = printable(message)
        self.request_id = printable(request_id)
        self.status = status
        row = explain_code(self.code, status)
        self.reaction = row.reaction
        self.advice = row.advice
        self.not_found = status == 404 or self.code.endswith("NotFound")  # noqa: PLR2004 - HTTP's
        parts = [f"{operation} answered {self.code}: {self.vendor_message.rstrip('.')}."]
        if self.request_id:
            parts.append(f"(RequestId {self.request_id})")
        if self.advice:
            parts.append(self.advice)
        super().__init__(" ".join(parts))


class TransportError(EciError):
    """No usable answer arrived; whether the call took effect is not known.

    Args:
        operation: The API operation.
        endpoint: Host and port that were asked, never a whole URL.
        reason: What went wrong, in words that cannot hold a secret.
        reached: Whether the request may have arrived.
    """

    reaction = Reaction.RETRY

    def __init__(self, operation: str, endpoint: str, reason: str, *, reached: bool = True) -> None:
        self.operation = operation
        self.reached = reached
        super().__init__(
            f"{operation} got no usable answer from {endpoint}: {reason}. "
            "Check the network, and eci:endpoint or eci:region."
        )


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
