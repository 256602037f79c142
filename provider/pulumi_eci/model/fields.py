"""The field table: one row for each property, read by everything else.

A row gives the name of the property in Pulumi and on the wire, what a change costs, whether the
service shows the value, and the limits. Names in state are those of pulumi-alicloud's
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
    """What a change of a field costs. A later member outweighs an earlier one."""

    SILENT = "silent"  # nothing: the value is about the work of the provider, not about the cache
    METADATA = "metadata"  # UpdateImageCache without Image: at once, the snapshot stays
    REBUILD = "rebuild"  # UpdateImageCache with Image: same id, new snapshot
    REPLACE = "replace"  # the API cannot update the field: create a new cache, delete the old one


class Kind(Enum):
    """The shape of a field's value; `decode` has one decoder for each."""

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
"""Kinds of values with members. A spec holds each member, even if other members are unknown."""


@dataclass(frozen=True)
class Field:
    """One row of the table.

    Args:
        name: The property in Pulumi (camelCase, as in state).
        kind: The shape of the value.
        change: What a change of the value costs.
        wire: The API parameter; "" if the field is none.
        attr: The attribute of `ImageCacheSpec` that is compared; by default *name* in snake_case.
        output: The output that holds the value in state; by default *name*.
        label: What messages call the property; by default *name*.
        readable: Whether DescribeImageCaches shows the value (`Observation` has an attribute of
            this name).
        default: What the service takes for an absent value. Clearing the field sends it.
        lowest: The smallest valid number.
        highest: The largest valid number.
        range_note: What follows the range in the message about a number outside it.
        choices: The valid strings, if they are few.
        pattern: What a valid string matches.
        pattern_problem: The message about a string that does not match.
        multiline: Whether a string may have line breaks and tabs.
        required: The message of check() about an absent value; "" if the value is optional.
        secret: Whether the input is secret in state whether or not the user marked it.
        locates: Whether the value says where a cache is looked for, so that it is known of a cache
            that no program declared.
        service_chooses: Whether the service picks a value if none is given. An absent value then
            never differs from the service's.
        names_resource: Whether the value names another resource or a login. Only a build uses such
            a value, and the resource may be gone later: the value is sent for a rebuild or if it
            changed.
        starts_rebuild: Whether UpdateImageCache rebuilds because the parameter is sent.
        single_in_update: Whether UpdateImageCache may take one of several values that are separated
            by commas: several are sent only if they changed.
        derived: Whether check() sets the value, and the program must not.
        absent_is_unknown: Whether an absent value may be any value: it differs from none.
    """

    name: str
    kind: Kind
    change: Change
    wire: str = ""
    attr: str = ""
    output: str = ""
    label: str = ""
    readable: bool = False
    default: str | int | bool | None = None
    lowest: int | None = None
    highest: int | None = None
    range_note: str = ""
    choices: tuple[str, ...] = ()
    pattern: re.Pattern[str] | None = None
    pattern_problem: str = ""
    multiline: bool = False
    required: str = ""
    secret: bool = False
    locates: bool = False
    service_chooses: bool = False
    names_resource: bool = False
    starts_rebuild: bool = False
    single_in_update: bool = False
    derived: bool = False
    absent_is_unknown: bool = False

    @property
    def attribute(self) -> str:
        """The attribute of `ImageCacheSpec` that holds what is compared."""
        return self.attr or snake_case(self.name)

    @property
    def output_name(self) -> str:
        """The output that holds the value in state."""
        return self.output or self.name


MAX_IMAGES = 20
MAX_TAGS = 20
MAX_CREDENTIALS = 10
MAX_TAG_KEY = 64
MAX_TAG_VALUE = 128
RESERVED_TAG_PREFIXES = ("aliyun", "acs:")
ADOPTED_TAG = "pulumi-eci-adopted"
"""Key of the tag of an adopted cache. If the tag's value differs from the value in state, another
resource owns the cache, and the cache must not be deleted."""
PENDING_TAG = "pulumi-eci-pending"
"""Key of the tag of a new cache, until state holds the cache. If the run is killed before, no state
names the cache, and the next run finds the cache by this tag."""

OWN_TAGS = {
    ADOPTED_TAG: "for caches that were adopted",
    PENDING_TAG: "for caches that are being created",
}
"""Tags that only the provider sets, and their purpose. They are not in state."""

OUTDATED_LAYOUT = "__outdatedLayout"
"""Property with the name of a fleet's layout that does not record the images of this cache. Only
check() reads it, and the engine calls check() for the targets of a run alone."""
ORGANIZATION = "__organization"
"""Property with the organization of the stack, which only the program knows. The engine hides keys
that begin with `__`."""

REGION_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")
"""A region's id, such as `cn-hangzhou`. The id becomes a part of the host that gets passwords."""
NO_REGION_ID = "must be the id of a region, such as cn-hangzhou"
NO_REGION = (
    "no region: set the argument `region`, `pulumi config set eci:region cn-hangzhou`, "
    "or ALIBABA_CLOUD_REGION_ID. With a ProviderResource of your own, which hides the stack's "
    'configuration, set it there: ProviderResource("pulumi-python", …, {"eci:region": …})'
)
NO_IMAGES = f"required: name 1 to {MAX_IMAGES} container images"
LOGINS_OUTPUT = "registryLogins"
"""Server and user of each credential. Not `imageRegistryCredentials`: the engine marks an output
that is named like a secret input as secret whole."""

LONGEST_NAME = 128  # documented for container groups; none is documented for image caches

FIELDS: tuple[Field, ...] = (
    Field(
        "region",
        Kind.STRING,
        Change.REPLACE,
        pattern=REGION_ID,
        pattern_problem=NO_REGION_ID,
        required=NO_REGION,
        locates=True,
    ),
    Field(
        "images",
        Kind.IMAGES,
        Change.REBUILD,
        "Image",
        readable=True,
        required=NO_IMAGES,
        starts_rebuild=True,
    ),
    Field("imageCacheName", Kind.STRING, Change.METADATA, "ImageCacheName", readable=True),
    Field(
        "securityGroupId",
        Kind.STRING,
        Change.METADATA,
        "SecurityGroupId",
        default="",
        names_resource=True,
    ),
    Field(
        "vswitchId",
        Kind.STRING,
        Change.METADATA,
        "VSwitchId",
        default="",
        names_resource=True,
        single_in_update=True,
    ),
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
        range_note=" (GiB)",
    ),
    Field(
        "retentionDays",
        Kind.INTEGER,
        Change.METADATA,
        "RetentionDays",
        default=0,
        lowest=1,
        highest=65536,
        range_note=" (days), or left out to keep the cache for ever",
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
    # Images have tags, too.
    Field("tags", Kind.TAGS, Change.METADATA, "Tag", label="resource tags", readable=True),
    # Passwords have no row: registry tokens rotate hourly, and a new one changes nothing by itself.
    Field(
        "imageRegistryCredentials",
        Kind.CREDENTIALS,
        Change.METADATA,
        "ImageRegistryCredential",
        attr="registry_logins",
        output=LOGINS_OUTPUT,
        secret=True,
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
    # JSON may be laid out over several lines.
    Field("annotations", Kind.STRING, Change.REPLACE, "Annotations", default="", multiline=True),
    Field("rebuildTriggers", Kind.JSON, Change.REBUILD),
    Field("trackDigests", Kind.BOOLEAN, Change.SILENT, default=False),
    Field("imageDigests", Kind.DIGESTS, Change.REBUILD, derived=True),
    # Only the account of a connection decides which cache is meant. Keys do not show theirs.
    Field("connection", Kind.CONNECTION, Change.SILENT),
    Field("connection", Kind.CONNECTION, Change.REPLACE, attr="account", absent_is_unknown=True),
    Field("adopt", Kind.STRING, Change.SILENT, default=""),
    Field("skipAwait", Kind.BOOLEAN, Change.SILENT, default=False),
    Field("onMissing", Kind.STRING, Change.SILENT, default="", choices=("recreate", "ignore")),
)

PROPERTIES: tuple[Field, ...] = tuple(
    next(row for row in FIELDS if row.name == name)
    for name in dict.fromkeys(row.name for row in FIELDS)
)
"""One row for each property: the first, if a property has two. Kind and limits are those of this
row."""

SECRET_INPUTS = frozenset(row.name for row in PROPERTIES if row.secret)
"""Inputs that are secret in state whether or not the user marked them."""

INPUT_NAMES: tuple[str, ...] = tuple(row.name for row in PROPERTIES if not row.derived)
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
