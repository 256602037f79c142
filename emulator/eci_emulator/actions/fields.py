"""The parameters that describe an image cache, shared by creation and update."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from eci_emulator.actions.tagging import read_tags
from eci_emulator.errors import invalid_parameter
from eci_emulator.model import AcrRegistry, Credential
from eci_emulator.wire import shorten

if TYPE_CHECKING:
    from collections.abc import Callable

    from eci_emulator.switches import Switches
    from eci_emulator.wire import Params

MAX_IMAGES = 20
MAX_CREDENTIALS = 10
MAX_REGISTRIES = 10
MAX_DOMAINS = 10
MAX_VSWITCHES = 10
SIZE_GIB = (20, 32_768)
RETENTION_DAYS = (0, 65_536)  # 0 stands for "never expires", which is the default
COPIES = (0, 100)  # 0 stands for the default, one snapshot

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,126}[a-z0-9])")
_IMAGE = re.compile(r"[^\s/:@][^\s]*")

Given = dict[str, Any]
"""Values by attribute of `model.Cache`, for the parameters that were sent."""


def read_name(params: Params, switches: Switches) -> str | None:
    """Read ImageCacheName."""
    name = params.text("ImageCacheName", limit=128)
    if name and switches.name_rule != "none" and not _NAME.fullmatch(name):
        raise invalid_parameter(
            "ImageCacheName",
            f"{shorten(name)!r} is not 2 to 128 lower-case letters, digits and hyphens, "
            "with no hyphen at either end",
        )
    return name


def read_images(params: Params) -> tuple[str, ...]:
    """Read Image.N."""
    images = tuple(params.texts("Image", most=MAX_IMAGES, limit=512))
    for image in images:
        if "://" in image or not _IMAGE.fullmatch(image):
            raise invalid_parameter("Image", f"{shorten(image)!r} is not an image reference")
    return images


def read_common(params: Params) -> Given:
    """Read the optional parameters of both creation and update."""
    return _sent(params, _COMMON)


def read_create_only(params: Params) -> Given:
    """Read the optional parameters of creation alone."""
    return _sent(params, _CREATE_ONLY)


def _sent(params: Params, readers: dict[str, Callable[[Params], Any]]) -> Given:
    read = {attribute: reader(params) for attribute, reader in readers.items()}
    return {attribute: value for attribute, value in read.items() if value is not None}


def _text(name: str, limit: int = 128) -> Callable[[Params], str | None]:
    return lambda params: params.text(name, limit=limit)


def _integer(name: str, bounds: tuple[int, int]) -> Callable[[Params], int | None]:
    return lambda params: params.integer(name, *bounds)


def _boolean(name: str) -> Callable[[Params], bool | None]:
    return lambda params: params.boolean(name)


def _vswitches(params: Params) -> str | None:
    value = params.text("VSwitchId")
    if value and len(value.split(",")) > MAX_VSWITCHES:
        raise invalid_parameter("VSwitchId", f"it names more than {MAX_VSWITCHES} vSwitches")
    return value


def _elimination_strategy(params: Params) -> str | None:
    value = params.text("EliminationStrategy")
    if value not in {None, "", "LRU"}:
        raise invalid_parameter("EliminationStrategy", "it is neither empty nor LRU")
    return value


def _os_type(params: Params) -> str | None:
    value = params.text("OsType")
    if value not in {None, "", "Linux", "Windows"}:
        raise invalid_parameter("OsType", "it is neither Linux nor Windows")
    return value


def _credentials(params: Params) -> tuple[Credential, ...] | None:
    name = "ImageRegistryCredential"
    return tuple(map(_credential, params.structs(name, most=MAX_CREDENTIALS))) or None


def _credential(params: Params) -> Credential:
    server = params.required("Server")
    if "://" in server:
        raise invalid_parameter("ImageRegistryCredential.Server", "it has a scheme")
    password = params.text("Password") or ""
    return Credential(
        server=server,
        user_name=params.text("UserName") or "",
        password_sha256=hashlib.sha256(password.encode()).hexdigest(),
    )


def _acr_registries(params: Params) -> tuple[AcrRegistry, ...] | None:
    return tuple(map(_acr_registry, params.structs("AcrRegistryInfo", most=MAX_REGISTRIES))) or None


def _acr_registry(params: Params) -> AcrRegistry:
    return AcrRegistry(
        instance_id=params.required("InstanceId"),
        instance_name=params.text("InstanceName"),
        region_id=params.text("RegionId"),
        domains=tuple(params.texts("Domain", most=MAX_DOMAINS)),
        arn_service=params.text("ArnService"),
        arn_user=params.text("ArnUser"),
    )


_COMMON: dict[str, Callable[[Params], Any]] = {
    "acr_registries": _acr_registries,
    "auto_match_image_cache": _boolean("AutoMatchImageCache"),
    "credentials": _credentials,
    "eip_instance_id": _text("EipInstanceId"),
    "elimination_strategy": _elimination_strategy,
    "flash": _boolean("Flash"),
    "flash_copy_count": _integer("FlashCopyCount", COPIES),
    "resource_group_id": _text("ResourceGroupId"),
    "retention_days": _integer("RetentionDays", RETENTION_DAYS),
    "security_group_id": _text("SecurityGroupId"),
    "size": _integer("ImageCacheSize", SIZE_GIB),
    "standard_copy_count": _integer("StandardCopyCount", COPIES),
    "tags": read_tags,
    "vswitch_id": _vswitches,
}

_CREATE_ONLY: dict[str, Callable[[Params], Any]] = {
    "annotations": _text("Annotations", 2048),
    "insecure_registry": _text("InsecureRegistry", 2048),
    "os_type": _os_type,
    "plain_http_registry": _text("PlainHttpRegistry", 2048),
    "zone_id": _text("ZoneId"),
}
