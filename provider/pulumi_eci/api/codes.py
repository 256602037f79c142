"""The table of vendor codes: what each means to the provider, and to a person.

Sources: the error codes of the UpdateImageCache reference page, the codes that the API metadata
declares for the other operations, and the gateway's and ECI's public error code pages. A new code
is a row, and no code elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum


class Reaction(Enum):
    """What the provider does about a vendor code."""

    RETRY = "retry"  # the same call again, after a pause
    WAIT = "wait"  # once the cache is Ready or UpdateFailed
    NOTHING_TO_DO = "nothing to do"  # what was asked is already so
    GONE = "gone"
    FINAL = "final"


@dataclass(frozen=True)
class Code:
    """One row.

    Attributes:
        reaction: What the provider does.
        advice: What a person can do; of a code that the provider settles, once that took too long.
        retry_until_deadline: Whether a retry goes on until the deadline: the service answers, and
            asks to wait.
        throttled: Whether it is about the account's rate, so that all its calls must hold back.
        signing: Whether it is about the credentials, so that their source is worth telling.
    """

    reaction: Reaction
    advice: str
    retry_until_deadline: bool = False
    throttled: bool = False
    signing: bool = False


_BILLING = "Pay the overdue bill of the account, then run again."
_TICKET = "Ask Alibaba Cloud support to enable it for the account."
_RAM = "Grant the RAM user or role the eci actions it needs (see SECURITY.md)."
_ENDPOINT = "Is eci:endpoint an ECI endpoint?"

_THROTTLED = Code(
    Reaction.RETRY,
    "It stayed so until the time was up: run again later, with a smaller --parallel, or with "
    "longer custom_timeouts.",
    retry_until_deadline=True,
    throttled=True,
)
_OUTAGE = Code(
    Reaction.RETRY,
    "It stayed so however often the call was repeated: run again later, and if it goes on, give "
    "Alibaba Cloud support the RequestId.",
)
_BUSY = Code(
    Reaction.RETRY,
    "Another operation on it did not end in time: run again when it has ended.",
    retry_until_deadline=True,
)
_BUILDING = Code(
    Reaction.WAIT,
    "Only a cache that is Ready or UpdateFailed can be changed: run again once it is.",
)
_GONE = Code(
    Reaction.GONE,
    "Something that the request names does not exist: check its ids, and run `pulumi refresh`.",
)
_CREDENTIALS = Code(
    Reaction.FINAL,
    "Check ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or the profile.",
    signing=True,
)
_TOKEN = Code(
    Reaction.FINAL,
    "The STS token has expired, or is not that of the key: renew it. Set key, secret and token "
    "anew, all three at the same place, or sign in to the profile again.",
    signing=True,
)
_UNKNOWN = Code(
    Reaction.FINAL,
    "Correct what the message names; if that does not help, give support the RequestId.",
)

CODES: dict[str, Code] = {
    # -- again, after a pause
    "Throttling": _THROTTLED,
    "Degrade.Api": _THROTTLED,
    "ServiceUnavailable": _OUTAGE,
    "InternalError": _OUTAGE,
    "UnknownError": _OUTAGE,
    "SignatureNonceUsed": _OUTAGE,
    "OperationConflict": _BUSY,
    "LastTokenProcessing": _BUSY,
    # -- once the cache has settled
    "IncorrectStatus": _BUILDING,
    "ImageCache.IncorrectStatus": _BUILDING,
    # -- what was asked is already so
    "NoNeedUpdate": Code(
        Reaction.NOTHING_TO_DO, "Nothing was changed: run `pulumi refresh`, then again."
    ),
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
    "Forbidden.AccessKeyDisabled": _CREDENTIALS,
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
    "SignatureDoesNotMatch": _CREDENTIALS,
    "IncompleteSignature": _CREDENTIALS,
    "InvalidAccessKeyId": _CREDENTIALS,
    "InvalidSecurityToken": _TOKEN,
    "SecurityTokenExpired": _TOKEN,
    "MissingSecurityToken": _TOKEN,
    "InvalidCredentials": _CREDENTIALS,
    "InvalidTimeStamp": Code(Reaction.FINAL, "Set this machine's clock: it is off by minutes."),
    "InvalidApi": Code(Reaction.FINAL, _ENDPOINT),
    "InvalidAction": Code(Reaction.FINAL, _ENDPOINT),
    "IdempotentParameterMismatch": Code(Reaction.FINAL, "Run again: a new token will be used."),
    "Missing": Code(
        Reaction.FINAL,
        "Set the argument of that parameter, such as security_group_id for SecurityGroupId.",
    ),
    "InvalidParameter.DuplicatedName": Code(
        Reaction.FINAL,
        "Leave image_cache_name out, or set delete_before_replace if this is a replacement.",
    ),
    "InvalidParameter": Code(Reaction.FINAL, "Correct the property that the message names."),
}

_TOO_MANY_REQUESTS = 429
_FIRST_SERVER_ERROR = 500
_EXPIRED_TOKEN = re.compile(r"token\W?expired|expired\W?(security)?token", re.IGNORECASE)
_EXPIRED_IN_MESSAGE = re.compile(r"security\W?token\W*((is|has|was)\W+)?expired", re.IGNORECASE)
"""The code of an expired token, which the vendor also sends as the parameter that a message of
`InvalidParameter` names. It changes the advice, not what the provider does."""

_THROTTLING = re.compile(r"throttl|flow ?control|toomanyrequests|requestlimit", re.IGNORECASE)


def explain_code(code: str, status: int | None = None, message: str = "") -> Code:
    """Find the row for a vendor *code*.

    A code for an unknown cache comes first, then one for an expired token, also where it stands in
    the *message* of `InvalidParameter`, then the longest prefix of whole dotted words
    (`Throttling.User` is `Throttling`), then other spellings of throttling and the bare prefix of
    `Missing{Parameter}`; at last the HTTP *status* decides.
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
    # No code is documented for an unknown cache. A code about another thing, such as
    # InvalidRegionId.NotFound, must not be taken for it: refresh would forget a live cache.
    return code.endswith("NotFound") and (
        code.startswith("InvalidParameter") or "ImageCache" in code
    )
