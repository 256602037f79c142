"""The table of vendor error codes: what the provider does, and what a user can do.

Sources: the error codes of the UpdateImageCache reference page, the codes that the API metadata
declares for the other operations, and the public error code pages of ECI and of the API gateway. A
new code needs only a new row.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum


class Reaction(Enum):
    """What the provider does after a vendor code."""

    RETRY = "retry"  # repeat the call after a pause
    WAIT = "wait"  # repeat the call once the cache is Ready or UpdateFailed
    NOTHING_TO_DO = "nothing to do"  # the cache already is as requested
    GONE = "gone"  # the cache does not exist
    FINAL = "final"  # fail


@dataclass(frozen=True)
class Code:
    """One row of the table.

    Attributes:
        reaction: What the provider does.
        advice: What the user can do. The user sees it when the provider fails or gives up.
        retry_until_deadline: Whether to retry until the deadline, because the service asks for it.
        throttled: Whether the account exceeds a rate limit, so that all its calls must slow down.
        signing: Whether the code concerns credentials, so that a message names their source.
    """

    reaction: Reaction
    advice: str
    retry_until_deadline: bool = False
    throttled: bool = False
    signing: bool = False


_BILLING = "Pay the overdue bill of the account, then run again."
_TICKET = "Ask Alibaba Cloud support to enable the feature for the account."
_RAM = "Grant the RAM user or role the eci actions listed in SECURITY.md."
_ENDPOINT = "Check that eci:endpoint (or ECI_ENDPOINT) is an ECI endpoint."

_THROTTLED = Code(
    Reaction.RETRY,
    "The service throttled the calls until the timeout: run again later, with a smaller "
    "--parallel, or with longer custom_timeouts.",
    retry_until_deadline=True,
    throttled=True,
)
_OUTAGE = Code(
    Reaction.RETRY,
    "All retries failed: run again later. If the error persists, give Alibaba Cloud support the "
    "RequestId.",
)
_BUSY = Code(
    Reaction.RETRY,
    "Another operation on the cache did not end before the timeout: run again later.",
    retry_until_deadline=True,
)
_BUILDING = Code(
    Reaction.WAIT,
    "Only a cache with status Ready or UpdateFailed can be changed: run again once the cache has "
    "one of them.",
)
_GONE = Code(
    Reaction.GONE,
    "An id in the request does not exist: check the ids in the program, and run `pulumi refresh`.",
)
_CREDENTIALS = Code(
    Reaction.FINAL,
    "Check ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or the profile.",
    signing=True,
)
_TOKEN = Code(
    Reaction.FINAL,
    "The STS token has expired or does not belong to the access key. Set access key, secret and "
    "token again, all three in the same place, or sign in to the profile again.",
    signing=True,
)
_UNKNOWN = Code(
    Reaction.FINAL,
    "Correct what the message names. If that does not help, give Alibaba Cloud support the "
    "RequestId.",
)

CODES: dict[str, Code] = {
    # -- retry after a pause
    "Throttling": _THROTTLED,
    "Degrade.Api": _THROTTLED,
    "ServiceUnavailable": _OUTAGE,
    "InternalError": _OUTAGE,
    "UnknownError": _OUTAGE,
    "SignatureNonceUsed": _OUTAGE,
    "OperationConflict": _BUSY,
    "LastTokenProcessing": _BUSY,
    # -- retry once the cache is Ready or UpdateFailed
    "IncorrectStatus": _BUILDING,
    "ImageCache.IncorrectStatus": _BUILDING,
    # -- nothing to do
    "NoNeedUpdate": Code(
        Reaction.NOTHING_TO_DO, "Nothing was changed: run `pulumi refresh`, then `pulumi up`."
    ),
    # -- the user has to act
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
    "Forbidden.AccessKeyDisabled": _CREDENTIALS,
    "Forbidden.OnlyForInvitedTest": Code(Reaction.FINAL, _TICKET),
    "ImageCacheNotSupport": Code(Reaction.FINAL, _TICKET),
    "DiskVolume.NotSupport": Code(Reaction.FINAL, _TICKET),
    "RamRole.NotSupport": Code(
        Reaction.FINAL, "Remove the RAM role, or ask Alibaba Cloud support to enable it."
    ),
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
        "Grant the RAM user or role the action ram:CreateServiceLinkedRole, or create the role "
        "AliyunServiceRoleForECI in the console.",
    ),
    "ServiceNotEnabled": Code(
        Reaction.FINAL, "Activate Elastic Container Instance for the account in the console."
    ),
    "QuotaExceeded": Code(
        Reaction.FINAL,
        "Delete unused caches, ask for a higher quota, or set eliminationStrategy=LRU on some "
        "caches: the service then evicts caches, perhaps those of another stack. A replacement "
        "needs quota for a second cache unless delete_before_replace is set.",
    ),
    "NumberExceed.Tags": Code(Reaction.FINAL, "A cache has at most 20 tags: remove some."),
    "OperationDenied.NoStock": Code(
        Reaction.FINAL, "Add vSwitches of other zones to vswitchId, separated by commas."
    ),
    "Zone.NotOnSale": Code(Reaction.FINAL, "Choose a vSwitch (and zoneId) of another zone."),
    "InvalidVSwitchId": Code(Reaction.FINAL, "Name a vSwitch of the cache's region in vswitchId."),
    "InvalidVSwitchId.IpNotEnough": Code(
        Reaction.FINAL, "Free addresses in the vSwitch, or add another one to vswitchId."
    ),
    "InvalidSecurityGroupId": Code(
        Reaction.FINAL, "Name a security group of the vSwitch's VPC in securityGroupId."
    ),
    "InvalidRegionId": Code(
        Reaction.FINAL, "Correct the region: the argument `region`, or eci:region."
    ),
    "EipAddressPoolIpNotEnough": Code(
        Reaction.FINAL, "Create an EIP and name it in eipInstanceId."
    ),
    "OperationDenied.VswZoneMisMatch": Code(
        Reaction.FINAL, "Remove zoneId, or set it to the zone of the vSwitch."
    ),
    "OperationDenied.SecurityGroupMisMatch": Code(
        Reaction.FINAL, "Choose a securityGroupId and a vswitchId of the same VPC."
    ),
    "InvalidParameter.CPU.Memory": Code(
        Reaction.FINAL, "The region does not offer the build instance: try another zone."
    ),
    "DryRunOperation": Code(Reaction.FINAL, "Nothing was changed: the request was a dry run."),
    # -- the API gateway
    "SignatureDoesNotMatch": _CREDENTIALS,
    "IncompleteSignature": _CREDENTIALS,
    "InvalidAccessKeyId": _CREDENTIALS,
    "InvalidSecurityToken": _TOKEN,
    "SecurityTokenExpired": _TOKEN,
    "MissingSecurityToken": _TOKEN,
    "InvalidCredentials": _CREDENTIALS,
    "InvalidTimeStamp": Code(
        Reaction.FINAL, "Correct the clock of this machine: it differs by several minutes."
    ),
    "InvalidApi": Code(Reaction.FINAL, _ENDPOINT),
    "InvalidAction": Code(Reaction.FINAL, _ENDPOINT),
    "IdempotentParameterMismatch": Code(
        Reaction.FINAL, "Run again: the next run uses a new ClientToken."
    ),
    "Missing": Code(
        Reaction.FINAL,
        "Set the argument for the missing parameter, such as security_group_id for "
        "SecurityGroupId.",
    ),
    "InvalidParameter.DuplicatedName": Code(
        Reaction.FINAL,
        "Remove image_cache_name, or set delete_before_replace if this is a replacement.",
    ),
    "InvalidParameter": Code(Reaction.FINAL, "Correct the property that the message names."),
}

_TOO_MANY_REQUESTS = 429
_FIRST_SERVER_ERROR = 500
_EXPIRED_TOKEN = re.compile(r"token\W?expired|expired\W?(security)?token", re.IGNORECASE)
_EXPIRED_IN_MESSAGE = re.compile(r"security\W?token\W*((is|has|was)\W+)?expired", re.IGNORECASE)
"""An expired token in the message of `InvalidParameter`, where the vendor names it as the invalid
parameter. It changes the advice, not the reaction."""

_THROTTLING = re.compile(r"throttl|flow ?control|toomanyrequests|requestlimit", re.IGNORECASE)


def explain_code(code: str, status: int | None = None, message: str = "") -> Code:
    """Return the row for a vendor *code*.

    The first match decides: a code for an unknown cache; an expired token, in the code or in the
    *message* of `InvalidParameter`; the longest prefix of whole dotted words (`Throttling.User`
    matches `Throttling`); other spellings of throttling; `Missing{Parameter}`; the HTTP *status*.

    Args:
        code: The vendor's `Code`.
        status: The HTTP status, if known.
        message: The vendor's `Message`.
    """
    if _cache_not_found(code) or _token_expired(code, message):
        return _GONE if _cache_not_found(code) else _TOKEN
    words = code.split(".")
    prefixes = (".".join(words[:length]) for length in range(len(words), 0, -1))
    if known := next(filter(None, map(CODES.get, prefixes)), None):
        return known
    if _THROTTLING.search(code) or status == _TOO_MANY_REQUESTS:
        return _THROTTLED
    if code.startswith("Missing"):
        return CODES["Missing"]
    if status is not None and status >= _FIRST_SERVER_ERROR:
        return _OUTAGE
    return _UNKNOWN


def _token_expired(code: str, message: str) -> bool:
    named = code.startswith("InvalidParameter") and _EXPIRED_IN_MESSAGE.search(message)
    return bool(named or _EXPIRED_TOKEN.search(code))


def _cache_not_found(code: str) -> bool:
    # No code for an unknown cache is documented. A code about another resource, such as
    # InvalidRegionId.NotFound, must not match: refresh would drop an existing cache from state.
    return code.endswith("NotFound") and (
        code.startswith("InvalidParameter") or "ImageCache" in code
    )
