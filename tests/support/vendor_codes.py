"""The vendor's error codes in the vendor's words, and a word of the advice that has to come along.

Sources: the error codes of the UpdateImageCache reference page; the codes that the API metadata
declares for the other operations; the public error codes of ECI and of the RPC gateway.
"""

from __future__ import annotations

from typing import NamedTuple


class VendorCode(NamedTuple):
    """One code: what the service answers with it, and what the advice must name."""

    code: str
    status: int
    message: str
    advice: str


_OTHER_STATUS = "The status of image cache imc-1 is Updating, the operation is denied."

REFERENCE_PAGE = (
    VendorCode("Account.Arrearage", 400, "Your account has an outstanding payment.", "overdue"),
    VendorCode(
        "DryRunOperation",
        400,
        "Request validation has been passed with DryRun flag set.",
        "Nothing was changed",
    ),
    VendorCode(
        "InvalidParameter.CPU.Memory",
        400,
        "The specified cpu and memory are not allowed",
        "another zone",
    ),
    VendorCode("IncorrectStatus", 400, _OTHER_STATUS, "Ready or UpdateFailed"),
    VendorCode("ServiceNotEnabled", 400, "You have not activated the service.", "Activate"),
    VendorCode("DiskVolume.NotSupport", 400, "The disk volume is not supported.", "support"),
    VendorCode("RamRole.NotSupport", 400, "The RAM role is not supported.", "RAM role"),
    VendorCode("ImageCache.IncorrectStatus", 400, _OTHER_STATUS, "Ready or UpdateFailed"),
    VendorCode(
        "ImageCacheNotSupport", 400, "Image cache is not available for all users.", "support"
    ),
    VendorCode(
        "OperationConflict",
        400,
        "Request was denied due to conflict with a previous request.",
        "has ended",
    ),
    VendorCode(
        "NoNeedUpdate",
        400,
        "There are no changes to be updated for current resource.",
        "pulumi refresh",
    ),
    VendorCode(
        "OperationDenied.VswZoneMisMatch",
        403,
        "The specified VSwitchId is not in the specified Zone.",
        "zoneId",
    ),
    VendorCode("QuotaExceeded", 403, "ImageCache quota exceeded.", "eliminationStrategy=LRU"),
    VendorCode(
        "Zone.NotOnSale",
        403,
        "The specified zone is not available for purchase.",
        "vSwitch (and zoneId) of another zone",
    ),
    VendorCode(
        "Forbidden.RiskControl",
        403,
        "This operation has been identified as an abnormal operation and cannot be processed.",
        "risk control",
    ),
    VendorCode(
        "Forbidden.SubUser",
        403,
        "The specified action is not available for you.",
        "Grant the RAM user or role",
    ),
    VendorCode(
        "Forbidden.OnlyForInvitedTest",
        403,
        "Eci create action is only open to invited users during public beta.",
        "support",
    ),
    VendorCode(
        "OperationDenied.SecurityGroupMisMatch",
        403,
        "The specified VSwitchId and SecurityGroupId are not in the same VPC.",
        "same VPC",
    ),
    VendorCode(
        "InvalidVSwitchId.IpNotEnough",
        403,
        "The specified VSwitch does not have enough IP addresses.",
        "add another one to vswitchId",
    ),
    VendorCode(
        "Forbidden.UserBussinessStatus",
        403,
        "This operation is not allowed, because you have overdue bills.",
        "overdue bill",
    ),
    VendorCode(
        "Forbidden.UserNotRealNameAuthentication",
        403,
        "This operation is not allowed, because you have not passed the real-name verification.",
        "real-name verification",
    ),
    VendorCode(
        "InvalidUser.PassRoleForbidden",
        403,
        "The RAM user is not authorized to assume a RAM role.",
        "ram:PassRole",
    ),
    VendorCode(
        "OperationDenied.NoStock",
        403,
        "Sales of this resource are temporarily suspended in the specified zone.",
        "vSwitches of other zones",
    ),
    VendorCode(
        "NoPermission",
        403,
        "The RAM role AliyunECIContainerGroupRole does not belong to eci.aliyuncs.com.",
        "AliyunECIContainerGroupRole",
    ),
    VendorCode(
        "SecurityRisk.3DVerification",
        403,
        "We have detected a security risk with your default credit or debit card.",
        "Verify the payment method",
    ),
    VendorCode(
        "CreateServiceLinkedRole.Denied",
        403,
        "Please make sure the account has ram:CreateServiceLinkedRole permission.",
        "AliyunServiceRoleForECI",
    ),
)

OTHER_PAGES = (
    VendorCode(
        "EipAddressPoolIpNotEnough", 400, "The EIP address pool is exhausted.", "eipInstanceId"
    ),
    VendorCode(
        "LastTokenProcessing",
        403,
        "The previous token request is being processed, try later.",
        "has ended",
    ),
    VendorCode("NumberExceed.Tags", 400, "The length of tags exceeded limit: 20.", "20 tags"),
    VendorCode("NoPermission.Tag", 403, "You are not authorized to tag.", "Grant"),
    VendorCode("Throttling", 400, "Request was denied due to request throttling.", "--parallel"),
    VendorCode(
        "Throttling.User", 400, "Request was denied due to user flow control.", "--parallel"
    ),
    VendorCode("Degrade.Api", 400, "Denied due to API flow control.", "--parallel"),
    VendorCode(
        "IdempotentParameterMismatch",
        400,
        "The request uses the same client token as a previous, but non-identical request.",
        "new token",
    ),
    VendorCode("MissingParameter", 400, "A parameter is missing.", "left out"),
    VendorCode(
        "InvalidParameter", 400, "The specified parameter VSwitchId is invalid.", "property"
    ),
    VendorCode("InvalidParameter.LengthExceeded", 400, "The length exceeded 128.", "property"),
    VendorCode("InvalidParameter.ValueExceeded", 400, "The value exceeded 32768.", "property"),
    VendorCode("InvalidParameter.NotFound", 404, "The specified resource is not found.", "ids"),
    VendorCode("UnknownError", 400, "The request failed due to an unknown error.", "support"),
    VendorCode("Forbidden.RAM", 403, "User not authorized to operate on it.", "SECURITY.md"),
    VendorCode("Forbidden.AccessKeyDisabled", 403, "The AccessKey is disabled.", "ACCESS_KEY_ID"),
    VendorCode("InvalidAction", 403, "The specified action is invalid.", "eci:endpoint"),
    VendorCode("InternalError", 500, "The request failed due to some unknown error.", "support"),
    VendorCode("ServiceUnavailable", 503, "The service is unavailable.", "support"),
    VendorCode(
        "MissingImageCacheName", 400, "ImageCacheName is mandatory for this action.", "left out"
    ),
    VendorCode("InvalidTimeStamp.Format", 400, "The timestamp is wrong.", "clock"),
    VendorCode("InvalidTimeStamp.Expired", 400, "The timestamp has expired.", "clock"),
    VendorCode("SignatureNonceUsed", 400, "The request signature nonce has been used.", "support"),
    VendorCode("SignatureDoesNotMatch", 400, "The signature does not match.", "ACCESS_KEY_SECRET"),
    VendorCode("InvalidAccessKeyId.Inactive", 400, "The key is inactive.", "ACCESS_KEY_ID"),
    VendorCode("InvalidAccessKeyId.NotFound", 404, "The key is not found.", "ACCESS_KEY_ID"),
    VendorCode("InvalidSecurityToken.Expired", 400, "The token has expired.", "renew"),
    VendorCode("SecurityTokenExpired", 400, "The token has expired.", "renew"),
    VendorCode("InvalidApi.NotFound", 404, "The API is not found.", "eci:endpoint"),
)

VENDOR_CODES = {row.code: row for row in (*REFERENCE_PAGE, *OTHER_PAGES)}
