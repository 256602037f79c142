"""The typed arguments of `ImageCache`, and their conversion to Pulumi properties.

check() validates the properties. This module refuses only values that the SDK cannot send to it.

Arguments have the names of pulumi-alicloud's `alicloud.eci.ImageCache`, where that resource has
them. Lists of objects take the classes below, or dicts with keys in snake_case or camelCase.
"""

from __future__ import annotations

import inspect
import re
from collections import UserDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from types import NoneType
from typing import Any, TypedDict

import pulumi
from typing_extensions import Required

from pulumi_eci.model.decode import output_texts
from pulumi_eci.model.fields import (
    INPUT_NAMES,
    LOGINS_OUTPUT,
    OBJECTS,
    PROPERTIES,
    SECRET_INPUTS,
    camel_case,
    snake_case,
)
from pulumi_eci.model.parse import converted
from pulumi_eci.model.state import OUTPUT_NAMES
from pulumi_eci.model.text import printable


@dataclass(kw_only=True)
class ImageRegistryCredentialArgs:
    """Login for a private registry (API: ImageRegistryCredential.N)."""

    server: pulumi.Input[str]
    """Host of the registry, without a scheme."""
    user_name: pulumi.Input[str]
    password: pulumi.Input[str]
    """Always secret in state. A new password alone is no change; the next rebuild uses it."""


@dataclass(kw_only=True)
class AcrRegistryInfoArgs:
    """Container Registry Enterprise Edition instance from which the service pulls without a
    password (API: AcrRegistryInfo.N).
    """

    instance_id: pulumi.Input[str]
    """Id of the instance, `cri-…`."""
    instance_name: pulumi.Input[str] | None = None
    region_id: pulumi.Input[str] | None = None
    """Region of the instance."""
    domains: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None
    """Domains of the instance; by default all its domains."""
    arn_service: pulumi.Input[str] | None = None
    """For an instance of another account: ARN of the service's RAM role. A change replaces the
    cache."""
    arn_user: pulumi.Input[str] | None = None
    """For an instance of another account: ARN of the user's RAM role. A change replaces the
    cache."""


@dataclass(kw_only=True)
class ConnectionArgs:
    """Region, endpoint and credentials, where they differ from the stack's configuration.

    Several caches may share one object. It holds no secret, because state shows it.
    """

    region: pulumi.Input[str] | None = None
    """Region of caches that have no argument `region`."""
    endpoint: pulumi.Input[str] | None = None
    """Host or URL of the API; `{region}` stands for the region. By default the stack's endpoint
    (ECI_ENDPOINT, `eci:endpoint`), else the region's public endpoint."""
    profile: pulumi.Input[str] | None = None
    """Profile with the credentials, in the vendor's configuration files. The stack's access keys
    and roles are then not used."""
    role_arn: pulumi.Input[str] | None = None
    """RAM role to assume with the credentials, `acs:ram::<account>:role/<name>`, instead of the
    stack's role."""
    account_id: pulumi.Input[str] | None = None
    """Account of the credentials. It is not verified. A change replaces the cache, as does another
    account in `role_arn`. So set it when you create the cache, or never."""


class ImageCacheSettings(TypedDict, total=False):
    """Arguments that caches may share; `ImageCacheArgs` explains what a change costs."""

    security_group_id: pulumi.Input[str]
    """Security group of the instance that pulls the images. Metadata."""
    vswitch_id: pulumi.Input[str]
    """vSwitch of that instance. Up to 10, separated by commas, in case a zone is out of stock.
    Metadata."""
    zone_id: pulumi.Input[str]
    """Zone of that instance; by default the vSwitch's zone. Replace."""
    eip_instance_id: pulumi.Input[str]
    """Elastic IP address of that instance, to pull public images without a NAT gateway.
    Metadata."""
    resource_group_id: pulumi.Input[str]
    """Resource group of the cache. Metadata."""
    image_cache_size: pulumi.Input[int]
    """Size in GiB, 20 to 32768, by default 20; the images must fit. Rebuild."""
    retention_days: pulumi.Input[int]
    """Days after which the service deletes the cache, 1 to 65536; by default never. Metadata."""
    elimination_strategy: pulumi.Input[str]
    """`LRU` allows the service to delete the cache when the quota is reached. By default the
    service does not delete it. Metadata."""
    auto_match_image_cache: pulumi.Input[bool]
    """Reuse layers of existing caches to build faster; by default false. Rebuild."""
    flash: pulumi.Input[bool]
    """Instant image cache: a local snapshot can be used before the regular snapshot exists. By
    default false. Rebuild."""
    standard_copy_count: pulumi.Input[int]
    """Copies of the regular snapshot, by default 1. The vendor advises one for each 1,000
    instances. Rebuild."""
    flash_copy_count: pulumi.Input[int]
    """Copies of the local snapshot, by default 1. Rebuild."""
    tags: pulumi.Input[Mapping[str, pulumi.Input[str | float | bool]]]
    """Up to 20 tags. Keys have up to 64 characters, values up to 128. Neither may begin with
    `aliyun` or `acs:` or contain `http://` or `https://`. Numbers and booleans become strings. With
    20 tags the provider cannot find the cache again if the run is killed during the creation. Tags
    that others set on the cache are not changed. Metadata."""
    image_registry_credentials: pulumi.Input[
        Sequence[pulumi.Input[ImageRegistryCredentialArgs | Mapping[str, Any]]]
    ]
    """Logins for private registries, up to 10. A new server or user name is a metadata change; a
    new password alone is no change."""
    acr_registry_infos: pulumi.Input[
        Sequence[pulumi.Input[AcrRegistryInfoArgs | Mapping[str, Any]]]
    ]
    """Container Registry Enterprise Edition instances. Metadata; a change of a role replaces."""
    insecure_registry: pulumi.Input[str]
    """Registries with self-signed certificates, separated by commas. Replace."""
    plain_http_registry: pulumi.Input[str]
    """Registries without TLS, separated by commas. Replace."""
    annotations: pulumi.Input[str]
    """Passed unchanged to the API. The vendor documents the parameter as not for external use.
    Replace."""
    track_digests: pulumi.Input[bool]
    """Request the digests of the images from their registries in `preview` and `up`. If an image
    tag has moved, the cache is rebuilt. A missing or unusable image is an error before it is
    pulled. By default the value of `eci:trackDigests`, else false. Turning the setting on or off
    rebuilds nothing."""
    rebuild_triggers: pulumi.Input[Any]
    """Any JSON value. A change rebuilds the cache even if the images have the same names.
    Rebuild."""
    connection: pulumi.Input[ConnectionArgs | Mapping[str, Any]]
    """Another endpoint, profile or role than the stack's. A change of the account or the region
    replaces the cache; other changes have no effect."""
    skip_await: pulumi.Input[bool]
    """Do not wait until the cache is Ready. The next `pulumi refresh` reads its status."""
    on_missing: pulumi.Input[str]
    """What to do if the cache was evicted, expired or deleted by hand. `recreate` (default) creates
    the cache again. `ignore` keeps the resource with status Evicted until another argument
    changes."""


class ImageCacheArgs(ImageCacheSettings, total=False):
    """Arguments of `ImageCache`; only `images` is required.

    Each argument names what a change costs. *Metadata* is updated at once. *Rebuild* pulls the
    images again and keeps the id. *Replace* creates a new cache and then deletes the old one.
    """

    images: Required[pulumi.Input[Iterable[pulumi.Input[str]]]]
    """1 to 20 container images in any order, as any iterable. Rebuild."""
    image_cache_name: pulumi.Input[str]
    """Name of the cache. By default a valid form of the resource's name with 7 hex digits, or the
    name that `pulumi:autonaming` makes. An adopted cache keeps its name. Metadata."""
    region: pulumi.Input[str]
    """Region id, such as `cn-hangzhou`; by default `eci:region`, `alicloud:region` or
    ALIBABA_CLOUD_REGION_ID. Replace."""
    adopt: pulumi.Input[str]
    """Id of an existing cache to adopt instead of creating one. At most one update brings the cache
    to the other arguments. From then on the stack owns the cache and also deletes it. Remove the
    argument after the first update: later changes are ignored, and while `adopt` is set, a deleted
    cache cannot be recreated."""


_CAMEL = {snake_case(name): name for name in INPUT_NAMES}
_PATHS = _CAMEL | {snake_case(name): name for name in OUTPUT_NAMES}
_MEMBERS = {
    field.name: camel_case(field.name)
    for args in (ImageRegistryCredentialArgs, AcrRegistryInfoArgs, ConnectionArgs)
    for field in fields(args)
}
_SENDABLE = (
    str,
    int,
    float,
    pulumi.Output,
    pulumi.Resource,
    pulumi.Asset,
    pulumi.Archive,
    NoneType,
)
_NO_UNICODE = "contains bytes that are not decoded (a lone surrogate): decode them first"
_LARGEST = 10**300  # the engine represents numbers as floats


class Props(UserDict[str, Any]):
    """Properties of a cache, by names in snake_case or camelCase.

    Transformations read and change them. As in a generated SDK, an absent property reads as None.
    """

    def __contains__(self, key: object) -> bool:
        """Whether a property is set."""
        return super().__contains__(_PATHS.get(str(key), key))

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401 - of any property
        """Return a property, or None if it is absent."""
        return super().__getitem__(_PATHS.get(key, key))

    def __missing__(self, key: str) -> None:
        """Return None for an absent property.

        Raises:
            KeyError: *key* is not a property.
        """
        if key not in INPUT_NAMES:
            raise KeyError(key)

    def __setitem__(self, key: str, value: Any) -> None:  # noqa: ANN401 - of any property
        """Set a property."""
        super().__setitem__(_PATHS.get(key, key), value)

    def __delitem__(self, key: str) -> None:
        """Remove a property."""
        super().__delitem__(_PATHS.get(key, key))


def to_props(args: Mapping[str, Any]) -> dict[str, Any]:
    """Return *args* as Pulumi properties: names in camelCase, and secret where required.

    Unknown arguments are not changed; check() reports them together with all other problems.
    """
    props: dict[str, Any] = {}
    for key, value in settled(args).items():
        name = _CAMEL.get(key, key)
        settle = _SETTLE.get(name)
        later = settle is not None and isinstance(value, pulumi.Output)
        props[name] = value.apply(settle) if later else value
    return {
        name: pulumi.Output.secret(value) if name in SECRET_INPUTS and value else value
        for name, value in converted(props).items()
    }


def settled(args: Mapping[str, Any]) -> dict[str, Any]:
    """Return *args* with dicts for objects, and with lists for iterables, which can be read only
    once.
    """
    return {
        key: value if settle is None or isinstance(value, pulumi.Output) else settle(value)
        for key, value in args.items()
        for settle in [_SETTLE.get(_CAMEL.get(key, key))]
    }


def listed(value: Any) -> Any:  # noqa: ANN401 - inputs of any nesting
    """Return an iterable as a list; strings from a set are sorted.

    Strings and maps are returned unchanged, so that check() refuses them. So are outputs and
    awaitables.
    """
    if isinstance(value, str | bytes | Mapping | pulumi.Output) or inspect.isawaitable(value):
        return value
    if isinstance(value, set | frozenset):
        names = sorted(item for item in value if isinstance(item, str))
        return [*names, *(item for item in value if not isinstance(item, str))]
    return list(value) if isinstance(value, Iterable) else value


def refuse_mistakes(what: str, args: Mapping[str, Any]) -> None:
    """Refuse values that would make the SDK fail with a traceback, and texts made of Outputs.

    check() finds such texts within outputs.

    Args:
        what: The resource, for the message: `ImageCache web`.
        args: The arguments.

    Raises:
        RunError: An argument holds such a value; the message names all of them.
    """
    problems: list[str] = []
    for key, value in args.items():
        problems += (f"{each.path}: {each.reason}" for each in output_texts(key, value))
        problems += _unsendable(key, value)
    if problems:
        raise pulumi.RunError("\n".join(f"{what}: {problem}" for problem in problems))


def _unsendable(path: str, value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _unsendable_key(path, key)
            yield from _unsendable(f"{path}.{printable(key)}", item)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _unsendable(f"{path}[{index}]", item)
    elif isinstance(value, str) and not _is_unicode(value):
        yield f"{path}: {_NO_UNICODE}"
    elif isinstance(value, int) and abs(value) > _LARGEST:
        yield f"{path}: the number is too large"
    elif not (
        isinstance(value, _SENDABLE)
        or inspect.isawaitable(value)
        or hasattr(type(value), "_pulumi_input_type")  # a generated SDK's object
    ):
        yield (
            f"{path}: {type(value).__name__} is not supported: use a string, a number, a boolean, "
            "a list or a dict"
        )


def _unsendable_key(path: str, key: object) -> Iterator[str]:
    if isinstance(key, str):
        if not _is_unicode(key):
            yield f"{path}: a key {_NO_UNICODE}"
    elif not (isinstance(key, int | float) and path.rpartition(".")[2] == "tags"):
        # Only the keys of tags may be numbers, which become strings.
        yield f"{path}: {type(key).__name__} is not supported as a key: use a string"


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def holds_outputs(value: object) -> bool:
    """Whether *value* is an Output, which may be secret, or contains one at any depth."""
    if isinstance(value, ImageRegistryCredentialArgs):
        value = [getattr(value, field.name) for field in fields(value)]
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return any(holds_outputs(item) for item in value)
    return isinstance(value, pulumi.Output)


def property_path(path: str) -> str:
    """Spell a property path as in state: `retention_days` becomes `retentionDays`.

    Members of objects are translated too; keys of tags and triggers are the user's own. The engine
    reads only double quotes, so single quotes become double quotes.

    Raises:
        TypeError: *path* is not a string.
        ValueError: The engine cannot read *path*.
    """
    if not isinstance(path, str):
        raise TypeError(f"a property path must be a string, not {type(path).__name__}")
    path = _SINGLE_QUOTED.sub(r'["\1"]', path)
    if not _PROPERTY_PATH.fullmatch(path):
        raise ValueError(
            f"{printable(path)} is not a property path: close every bracket and quote, and write a "
            'number, * or a quoted key in brackets, as in images[0] or tags["team"]'
        )
    rest = path.removeprefix('["')
    opening = path[: len(path) - len(rest)]
    name = re.split(r"\W", rest, maxsplit=1)[0]
    rest, spelled = rest[len(name) :], _PATHS.get(name, name)
    if spelled in _OBJECTS or spelled == LOGINS_OUTPUT:
        rest = re.sub(r"\w+", lambda member: _MEMBERS.get(member[0], member[0]), rest)
    return opening + spelled + rest


def _objects(value: Any) -> Any:  # noqa: ANN401 - inputs of any nesting
    if isinstance(value, pulumi.Output):
        return value.apply(_objects)
    value = listed(value)
    if isinstance(value, list):
        return [_objects(item) for item in value]
    if isinstance(value, ImageRegistryCredentialArgs | AcrRegistryInfoArgs | ConnectionArgs):
        value = {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        members = {_MEMBERS.get(key, key): item for key, item in value.items() if item is not None}
        return {key: listed(item) if key == "domains" else item for key, item in members.items()}
    return value


# The grammar of `ParsePropertyPath` in Pulumi's Go SDK, sdk/go/common/resource/property_path.go.
_PROPERTY_PATH = re.compile(r'(?:\.|\["(?:\\"|[^"])*"\]|\[(?:\*|[+-]?[0-9]+)\]|[^.\[])*')
_SINGLE_QUOTED = re.compile(r"""\['([^'"]*)'\]""")
_OBJECTS = frozenset(row.name for row in PROPERTIES if row.kind in OBJECTS)
_SETTLE: dict[str, Callable[[Any], Any]] = {"images": listed, **dict.fromkeys(_OBJECTS, _objects)}
