"""The vendor's error codes, and a word that the advice must contain.

Sources: the error codes of the UpdateImageCache reference page; the codes that the API metadata
declares for the other operations; the public error codes of ECI and of the RPC gateway.
"""

from __future__ import annotations

from typing import NamedTuple


class VendorCode(NamedTuple):
    """One code: the HTTP status that comes with it, and what the advice must name."""

    code: str
    status: int
    advice: str

    @property
    def message(self) -> str:
        """A message of the vendor, which the provider repeats."""
        return f"The vendor's words about {self.code}."


_ROWS = {
    "Account.Arrearage": (400, "overdue"),
    "DryRunOperation": (400, "Nothing was changed"),
    "InvalidParameter.CPU.Memory": (400, "another zone"),
    "IncorrectStatus": (400, "Ready or UpdateFailed"),
    "ServiceNotEnabled": (400, "Activate"),
    "DiskVolume.NotSupport": (400, "support"),
    "RamRole.NotSupport": (400, "RAM role"),
    "ImageCache.IncorrectStatus": (400, "Ready or UpdateFailed"),
    "ImageCacheNotSupport": (400, "support"),
    "OperationConflict": (400, "run again later"),
    "NoNeedUpdate": (400, "pulumi refresh"),
    "OperationDenied.VswZoneMisMatch": (403, "zoneId"),
    "QuotaExceeded": (403, "eliminationStrategy=LRU"),
    "Zone.NotOnSale": (403, "vSwitch (and zoneId) of another zone"),
    "Forbidden.RiskControl": (403, "risk control"),
    "Forbidden.SubUser": (403, "Grant the RAM user or role"),
    "Forbidden.OnlyForInvitedTest": (403, "support"),
    "OperationDenied.SecurityGroupMisMatch": (403, "same VPC"),
    "InvalidVSwitchId.IpNotEnough": (403, "add another one to vswitchId"),
    "Forbidden.UserBussinessStatus": (403, "overdue bill"),
    "Forbidden.UserNotRealNameAuthentication": (403, "real-name verification"),
    "InvalidUser.PassRoleForbidden": (403, "ram:PassRole"),
    "OperationDenied.NoStock": (403, "vSwitches of other zones"),
    "NoPermission": (403, "AliyunECIContainerGroupRole"),
    "SecurityRisk.3DVerification": (403, "Verify the payment method"),
    "CreateServiceLinkedRole.Denied": (403, "AliyunServiceRoleForECI"),
    "EipAddressPoolIpNotEnough": (400, "eipInstanceId"),
    "LastTokenProcessing": (403, "run again later"),
    "NumberExceed.Tags": (400, "20 tags"),
    "NoPermission.Tag": (403, "Grant"),
    "Throttling": (400, "--parallel"),
    "Throttling.User": (400, "--parallel"),
    "Degrade.Api": (400, "--parallel"),
    "IdempotentParameterMismatch": (400, "ClientToken"),
    "MissingParameter": (400, "security_group_id"),
    "InvalidParameter": (400, "property"),
    "InvalidParameter.LengthExceeded": (400, "property"),
    "InvalidParameter.ValueExceeded": (400, "property"),
    "InvalidParameter.NotFound": (404, "ids"),
    "UnknownError": (400, "support"),
    "Forbidden.RAM": (403, "SECURITY.md"),
    "Forbidden.AccessKeyDisabled": (403, "ACCESS_KEY_ID"),
    "InvalidAction": (403, "eci:endpoint"),
    "InternalError": (500, "support"),
    "ServiceUnavailable": (503, "support"),
    "MissingImageCacheName": (400, "security_group_id"),
    "InvalidTimeStamp.Format": (400, "clock"),
    "InvalidTimeStamp.Expired": (400, "clock"),
    "SignatureNonceUsed": (400, "support"),
    "SignatureDoesNotMatch": (400, "ACCESS_KEY_SECRET"),
    "InvalidAccessKeyId.Inactive": (400, "ACCESS_KEY_ID"),
    "InvalidAccessKeyId.NotFound": (404, "ACCESS_KEY_ID"),
    "InvalidSecurityToken.Expired": (400, "STS token"),
    "SecurityTokenExpired": (400, "STS token"),
    "InvalidApi.NotFound": (404, "eci:endpoint"),
}

VENDOR_CODES = {code: VendorCode(code, *row) for code, row in _ROWS.items()}
