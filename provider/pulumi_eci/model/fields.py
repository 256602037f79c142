"""The field table: one row a property, read by everything else.

A row says how the property is called in Pulumi and on the wire, what a change of it means, whether
the service shows it again, and its limits. Names in state are those of pulumi-alicloud's
`alicloud.eci.ImageCache` where it has them.

Sources: the UpdateImageCache reference page (names, 20 tags, EliminationStrategy), the image cache
overview (20 images), the ImageCache CRD page (ranges of size and retention), the TagResources page
and the tag guide (tag keys and values; where they disagree, the narrower), ROS (10 credentials).
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from enum import Enum


class Change(Enum):
    """What a change of a field costs; a later member outweighs an earlier one."""

    SILENT = "silent"  # nothing: the value says how to work, not what the cache is
    METADATA = "metadata"  # UpdateImageCache without Image: at once, the snapshot stays
    REBUILD = "rebuild"  # UpdateImageCache with Image: same id, new snapshot
    REPLACE = "replace"  # the API cannot update it: a new cache first, then the old one goes


class Kind(Enum):
    """The shape of a field's value; `spec` has one decoder for each."""

    STRING = "a string"
    INTEGER = "a whole number"
    BOOLEAN = "true or false"
    IMAGES = "a list of image names"
    TAGS = "a map of strings"
    CREDENTIALS = "a list of registry credentials"
    ACR_INFOS = "a list of Container Registry instances"
    CONNECTION = "an object that says how to reach the API"
    JSON = "any JSON value"
    DIGESTS = "a map of digests"


OBJECTS = frozenset({Kind.CREDENTIALS, Kind.ACR_INFOS, Kind.CONNECTION})
"""Kinds whose members `spec` holds one by one, the unknown ones too."""


@dataclass(frozen=True)
class Field:
    """One row of the table.

    Args:
        name: The property in Pulumi (camelCase, as in state). kind: The shape of its value.
        change: What a change of it costs. wire: The API parameter, or "" where the field is not
        one. attr: The attribute of `ImageCacheSpec` that is compared; by default *name* in
        snake_case. readable: Whether DescribeImageCaches shows it (`Observation` has an attribute
        of this name). default: What the service takes for an absent value; clearing the field
        sends it. lowest: Smallest valid number. highest: Largest valid number. choices: Valid
        strings, where they are few. required: Whether check() refuses its absence.
        service_chooses: Whether the service picks a value when none is given (then an absent wish
            is never a difference).
        names_resource: Whether the value names another resource or a login, which only a build
            uses and which may have gone since: sent for a rebuild or when changed, not otherwise.
        derived: Whether check() sets it, and the program must not.
        absent_is_unknown: Whether an absent value may be any: only two values that are there
            differ.
    """

    name: str
    kind: Kind
    change: Change
    wire: str = ""
    attr: str = ""
    readable: bool = False
    default: str | int | bool | None = None
    lowest: int | None = None
    highest: int | None = None
    choices: tuple[str, ...] = ()
    required: bool = False
    service_chooses: bool = False
    names_resource: bool = False
    derived: bool = False
    absent_is_unknown: bool = False

    @property
    def attribute(self) -> str:
        """The attribute of `ImageCacheSpec` that holds what is compared."""
        return self.attr or snake_case(self.name)


MAX_IMAGES = 20
MAX_TAGS = 20
MAX_CREDENTIALS = 10
MAX_TAG_KEY = 64
MAX_TAG_VALUE = 128
RESERVED_TAG_PREFIXES = ("aliyun", "acs:")
ADOPTED_TAG = "pulumi-eci-adopted"
"""Key of a tag that an adopted cache bears: whose value is not in a resource's state, its cache now
belongs to another resource, which must not lose it."""
PENDING_TAG = "pulumi-eci-pending"
"""Key of a tag that a new cache bears until state has it: where a run that made one was cut off, no
state names the cache."""

OWN_TAGS = {
    ADOPTED_TAG: "for caches that were adopted",
    PENDING_TAG: "for caches that are being created",
}
"""Tags of the provider's own, which are neither in state nor for programs to set, and why."""

OUTDATED_LAYOUT = "__outdatedLayout"
"""Property with the name of a fleet's layout that does not know where the images of this cache are:
for check() alone, which is called for no resource that is not among the targets of a run."""
ORGANIZATION = "__organization"
"""Property with the organization of the stack, which only the program is told. The engine hides
keys that begin with `__`."""

REGION_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")
"""A region's id, such as `cn-hangzhou`. It becomes a part of the host that passwords go to."""

LONGEST_NAME = 128  # documented for container groups; none is documented for image caches

FIELDS: tuple[Field, ...] = (
    Field("region", Kind.STRING, Change.REPLACE, required=True),
    Field("images", Kind.IMAGES, Change.REBUILD, "Image", readable=True, required=True),
    Field("imageCacheName", Kind.STRING, Change.METADATA, "ImageCacheName", readable=True),
    Field(
        "securityGroupId",
        Kind.STRING,
        Change.METADATA,
        "SecurityGroupId",
        default="",
        names_resource=True,
    ),
    Field("vswitchId", Kind.STRING, Change.METADATA, "VSwitchId", default="", names_resource=True),
    Field("zoneId", Kind.STRING, Change.REPLACE, "ZoneId", default=""),
    Field(
        "eipInstanceId",
        Kind.STRING,
        Change.METADATA,
        "EipInstanceId",
        default="",
        names_resource=True,
    ),
    Field(
        "resourceGroupId",
        Kind.STRING,
        Change.METADATA,
        "ResourceGroupId",
        readable=True,
        default="",
        service_chooses=True,
    ),
    Field(
        "imageCacheSize",
        Kind.INTEGER,
        Change.REBUILD,
        "ImageCacheSize",
        readable=True,
        default=20,
        lowest=20,
        highest=32768,
    ),
    Field(
        "retentionDays",
        Kind.INTEGER,
        Change.METADATA,
        "RetentionDays",
        default=0,
        lowest=1,
        highest=65536,
    ),
    Field(
        "eliminationStrategy",
        Kind.STRING,
        Change.METADATA,
        "EliminationStrategy",
        readable=True,
        default="",
        choices=("", "LRU"),
    ),
    Field(
        "autoMatchImageCache", Kind.BOOLEAN, Change.REBUILD, "AutoMatchImageCache", default=False
    ),
    Field("flash", Kind.BOOLEAN, Change.REBUILD, "Flash", default=False),
    Field(
        "standardCopyCount", Kind.INTEGER, Change.REBUILD, "StandardCopyCount", default=1, lowest=1
    ),
    Field("flashCopyCount", Kind.INTEGER, Change.REBUILD, "FlashCopyCount", default=1, lowest=1),
    Field("tags", Kind.TAGS, Change.METADATA, "Tag", readable=True),
    # Passwords have no row: registry tokens rotate hourly, and a new one changes nothing by itself.
    Field(
        "imageRegistryCredentials",
        Kind.CREDENTIALS,
        Change.METADATA,
        "ImageRegistryCredential",
        attr="registry_logins",
        names_resource=True,
    ),
    Field(
        "acrRegistryInfos",
        Kind.ACR_INFOS,
        Change.METADATA,
        "AcrRegistryInfo",
        attr="acr_instances",
        names_resource=True,
    ),
    # The roles are parameters of CreateImageCache alone.
    Field("acrRegistryInfos", Kind.ACR_INFOS, Change.REPLACE, attr="acr_roles"),
    Field("insecureRegistry", Kind.STRING, Change.REPLACE, "InsecureRegistry", default=""),
    Field("plainHttpRegistry", Kind.STRING, Change.REPLACE, "PlainHttpRegistry", default=""),
    Field("annotations", Kind.STRING, Change.REPLACE, "Annotations", default=""),
    Field("rebuildTriggers", Kind.JSON, Change.REBUILD),
    Field("trackDigests", Kind.BOOLEAN, Change.SILENT, default=False),
    Field("imageDigests", Kind.DIGESTS, Change.REBUILD, derived=True),
    # Of a connection the account alone decides which cache is meant. Keys do not tell theirs.
    Field("connection", Kind.CONNECTION, Change.SILENT),
    Field("connection", Kind.CONNECTION, Change.REPLACE, attr="account", absent_is_unknown=True),
    Field("adopt", Kind.STRING, Change.SILENT, default=""),
    Field("skipAwait", Kind.BOOLEAN, Change.SILENT, default=False),
    Field("onMissing", Kind.STRING, Change.SILENT, default="", choices=("recreate", "ignore")),
)

SECRET_INPUTS = frozenset({"imageRegistryCredentials"})
"""Inputs that are secret in state whether or not the user marked them."""

INPUT_NAMES: tuple[str, ...] = tuple(
    dict.fromkeys(field.name for field in FIELDS if not field.derived)
)
"""Every property that a user may set, in the order of the table."""


@functools.cache
def camel_case(name: str) -> str:
    """Turn a Python name into Pulumi's spelling: `vswitch_id` -> `vswitchId`."""
    head, *words = name.split("_")
    return head + "".join(word.capitalize() for word in words)


@functools.cache
def snake_case(name: str) -> str:
    """Turn a Pulumi property name into Python's spelling: `vswitchId` -> `vswitch_id`."""
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name)
