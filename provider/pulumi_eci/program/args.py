"""The typed arguments of `ImageCache`, and their way to Pulumi properties. Rules are check()'s;
here is refused only what cannot be sent there.

Names are those of pulumi-alicloud's `alicloud.eci.ImageCache` where it has the argument. Lists of
objects take the classes below, or dicts with keys in snake_case or camelCase.
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
    """Always secret in state, whether or not it is marked so. A new password changes nothing by
    itself; it is used when the cache is next rebuilt."""


@dataclass(kw_only=True)
class AcrRegistryInfoArgs:
    """Container Registry Enterprise Edition instance, pulled without a password
    (API: AcrRegistryInfo.N).
    """

    instance_id: pulumi.Input[str]
    """Id of the instance, `cri-…`."""
    instance_name: pulumi.Input[str] | None = None
    region_id: pulumi.Input[str] | None = None
    """Region of the instance."""
    domains: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None
    """Domains of the instance; by default all of them."""
    arn_service: pulumi.Input[str] | None = None
    """For another account's instance: the role of the service. A change replaces the cache."""
    arn_user: pulumi.Input[str] | None = None
    """For another account's instance: the role of the user. A change replaces the cache."""


@dataclass(kw_only=True)
class ConnectionArgs:
    """How to reach the API, where that differs from the stack's configuration; may be shared.

    It holds no secret, since it is kept in state.
    """

    region: pulumi.Input[str] | None = None
    """Region of resources that name none themselves."""
    endpoint: pulumi.Input[str] | None = None
    """Host or URL of the API, in which `{region}` stands for the region; by default the stack's
    (ECI_ENDPOINT, `eci:endpoint`), else the region's public one."""
    profile: pulumi.Input[str] | None = None
    """Profile of the vendor's configuration files that has the credentials. The stack's keys and
    roles are not used then."""
    role_arn: pulumi.Input[str] | None = None
    """RAM role to assume with those credentials, `acs:ram::<account>:role/<name>`, instead of the
    stack's role."""
    account_id: pulumi.Input[str] | None = None
    """Account that the credentials belong to. Not checked, but another one replaces the cache, as
    another account within the role does: so name it from the start, or not at all."""


class ImageCacheSettings(TypedDict, total=False):
    """Arguments that many caches may share; see `ImageCacheArgs` for what a change costs."""

    security_group_id: pulumi.Input[str]
    """Security group of the instance that pulls the images. Metadata."""
    vswitch_id: pulumi.Input[str]
    """vSwitch of that instance; up to 10, separated by commas, against stock shortage. Metadata."""
    zone_id: pulumi.Input[str]
    """Zone of that instance; by default the vSwitch's. Replace."""
    eip_instance_id: pulumi.Input[str]
    """Elastic IP address for it, to pull public images where there is no NAT gateway. Metadata."""
    resource_group_id: pulumi.Input[str]
    """Resource group of the cache. Metadata."""
    image_cache_size: pulumi.Input[int]
    """Size in GiB, 20 to 32768, by default 20; the images must fit. Rebuild."""
    retention_days: pulumi.Input[int]
    """Days after which the service deletes the cache, 1 to 65536; by default never. Metadata."""
    elimination_strategy: pulumi.Input[str]
    """`LRU` lets the service delete the cache when the quota is reached; by default it does not.
    Metadata."""
    auto_match_image_cache: pulumi.Input[bool]
    """Reuse layers of existing caches to build faster; by default no. Rebuild."""
    flash: pulumi.Input[bool]
    """Instant image cache: usable from a local snapshot early; by default no. Rebuild."""
    standard_copy_count: pulumi.Input[int]
    """Copies of the regular snapshot, by default 1; one per 1,000 instances is advised. Rebuild."""
    flash_copy_count: pulumi.Input[int]
    """Copies of the local snapshot, by default 1. Rebuild."""
    tags: pulumi.Input[Mapping[str, pulumi.Input[str | float | bool]]]
    """Up to 20 tags; keys of up to 64 characters, values of up to 128; neither begins with `aliyun`
    or `acs:` or holds a URL. Numbers and booleans become texts. With all 20 a creation that is
    killed is not found again. Tags that others set on the cache are left alone. Metadata."""
    image_registry_credentials: pulumi.Input[
        Sequence[pulumi.Input[ImageRegistryCredentialArgs | Mapping[str, Any]]]
    ]
    """Logins for private registries, up to 10. A new server or user name is metadata, a new
    password alone is no change."""
    acr_registry_infos: pulumi.Input[
        Sequence[pulumi.Input[AcrRegistryInfoArgs | Mapping[str, Any]]]
    ]
    """Container Registry Enterprise Edition instances. Metadata, but their roles replace."""
    insecure_registry: pulumi.Input[str]
    """Registries with self-signed certificates, separated by commas. Replace."""
    plain_http_registry: pulumi.Input[str]
    """Registries without TLS, separated by commas. Replace."""
    annotations: pulumi.Input[str]
    """Passed to the API as it is; the vendor documents it as not for external use. Replace."""
    track_digests: pulumi.Input[bool]
    """Ask the images' registries, in `preview` and `up`: rebuild when a tag moved, and say what is
    wrong with an image before it is pulled; by default as `eci:trackDigests` says, else no. Nothing
    is rebuilt because this is switched on or off."""
    rebuild_triggers: pulumi.Input[Any]
    """Any JSON value: a change rebuilds the cache, whatever its images are called. Rebuild."""
    connection: pulumi.Input[ConnectionArgs | Mapping[str, Any]]
    """Another endpoint, profile or role than the stack's. Another account or region replaces,
    nothing else is a change."""
    skip_await: pulumi.Input[bool]
    """Do not wait until the cache is Ready; the next `pulumi refresh` shows what became of it."""
    on_missing: pulumi.Input[str]
    """What to do when the cache was evicted, expired or deleted by hand: `recreate` (default), or
    `ignore`, which keeps the resource as Evicted until another argument changes."""


class ImageCacheArgs(ImageCacheSettings, total=False):
    """Arguments of `ImageCache`; only `images` is required.

    What a change of each costs: *metadata* is applied at once, *rebuild* pulls the images again
    under the same id, *replace* makes a new cache and then deletes the old one.
    """

    images: Required[pulumi.Input[Iterable[pulumi.Input[str]]]]
    """1 to 20 container images, in any order; any iterable will do. Rebuild."""
    image_cache_name: pulumi.Input[str]
    """Name of the cache. By default the resource's name, made valid, and 7 hex digits, or what
    `pulumi:autonaming` says; an adopted cache keeps the name that it has. Metadata."""
    region: pulumi.Input[str]
    """Region id, such as `cn-hangzhou`; by default `eci:region`, `alicloud:region` or
    ALIBABA_CLOUD_REGION_ID. Replace."""
    adopt: pulumi.Input[str]
    """Id of an existing cache to take over instead of creating one: it is brought to the arguments
    by at most one update, and from then on belongs to this stack, which also deletes it. Take
    it out after the first update: a change means nothing, and while it is there a cache that is
    gone cannot be made anew."""


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
_NO_UNICODE = "holds bytes that are no text (a lone surrogate): decode them first"
_LARGEST = 10**300  # the engine's numbers are floats


class Props(UserDict[str, Any]):
    """Properties of a cache, which a transformation may name in either spelling, and read also
    where they are absent, as with a resource of a generated SDK.
    """

    def __contains__(self, key: object) -> bool:
        """Whether a property is there."""
        return super().__contains__(_PATHS.get(str(key), key))

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401 - of any property
        """Return a property, or None if it is absent."""
        return super().__getitem__(_PATHS.get(key, key))

    def __missing__(self, key: str) -> None:
        """Read an absent property as None; what is no property is a KeyError."""
        if key not in INPUT_NAMES:
            raise KeyError(key)

    def __setitem__(self, key: str, value: Any) -> None:  # noqa: ANN401 - of any property
        """Set a property."""
        super().__setitem__(_PATHS.get(key, key), value)

    def __delitem__(self, key: str) -> None:
        """Take a property away."""
        super().__delitem__(_PATHS.get(key, key))


def to_props(args: Mapping[str, Any]) -> dict[str, Any]:
    """Spell *args* as Pulumi properties, and make secret what must be.

    Unknown arguments pass as they are: check() names them together with all other problems.
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
    """Turn objects within *args* into dicts, and iterables into lists, which may be read twice."""
    return {
        key: value if settle is None or isinstance(value, pulumi.Output) else settle(value)
        for key, value in args.items()
        for settle in [_SETTLE.get(_CAMEL.get(key, key))]
    }


def listed(value: Any) -> Any:  # noqa: ANN401 - inputs of any nesting
    """Make a list of any iterable; the names in a set are sorted.

    Texts and maps stay, for check() to refuse, and so does what is known later.
    """
    if isinstance(value, str | bytes | Mapping | pulumi.Output) or inspect.isawaitable(value):
        return value
    if isinstance(value, set | frozenset):
        names = sorted(item for item in value if isinstance(item, str))
        return [*names, *(item for item in value if not isinstance(item, str))]
    return list(value) if isinstance(value, Iterable) else value


def refuse_mistakes(what: str, args: Mapping[str, Any]) -> None:
    """Refuse values that the SDK cannot send, which would end in a traceback, and texts of Outputs;
    check() finds those that are within outputs.

    Raises:
        RunError: Names the arguments, and *what* they are of.
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
        yield f"{path}: the number is too large to be sent"
    elif not (
        isinstance(value, _SENDABLE)
        or inspect.isawaitable(value)
        or hasattr(type(value), "_pulumi_input_type")  # a generated SDK's object
    ):
        yield (
            f"{path}: a {type(value).__name__} cannot be sent: give a string, a number, a boolean, "
            "a list or a dict"
        )


def _unsendable_key(path: str, key: object) -> Iterator[str]:
    if isinstance(key, str):
        if not _is_unicode(key):
            yield f"{path}: a key {_NO_UNICODE}"
    elif not (isinstance(key, int | float) and path.rpartition(".")[2] == "tags"):
        # Numbers become texts in tags alone.
        yield f"{path}: a {type(key).__name__} cannot be a key: give a string"


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def holds_outputs(value: object) -> bool:
    """Whether *value* is, or holds at any depth, an Output, which may be secret."""
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
