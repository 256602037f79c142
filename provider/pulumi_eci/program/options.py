"""How each resource option is handled for a cache and for a fleet.

A test fails if the installed SDK has an option that is in none of these tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from pulumi_eci.engine import DYNAMIC_PACKAGE
from pulumi_eci.model.decode import holds_output_text, output_texts
from pulumi_eci.program.args import property_path

PATHS = frozenset(
    {"additional_secret_outputs", "hide_diffs", "ignore_changes", "replace_on_changes"}
)
"""Options that hold property paths, which are translated from snake_case."""

TO_CACHES = PATHS | {
    "custom_timeouts",
    "delete_before_replace",
    "deleted_with",
    "depends_on",
    "hooks",
    "replace_with",
    "replacement_trigger",
    "retain_on_delete",
}
"""Options of a fleet that are passed to its caches. On a component they have no effect, or another
one."""

INHERITED = frozenset(
    {
        "aliases",
        "parent",
        "protect",
        "provider",
        "providers",
        "state_migrations",
        "transformations",
        "transforms",
    }
)
"""Options of a component that the SDK and the engine pass to its children."""

REFUSED_BY_CACHES = {
    "import_": "dynamic resources do not support import: use the argument `adopt` to adopt an "
    "existing cache, or ImageCache.get to read one",
    "env_var_mappings": "the option is for providers: set the variables in the environment of "
    "`pulumi`",
}
"""Options that a cache does not support, with the alternative."""

_READ = "a fleet cannot be read: read each cache with ImageCache.get"
_PLUGIN = "a fleet has no plugin: install the wanted version of the package pulumi-eci"
REFUSED_BY_FLEETS = REFUSED_BY_CACHES | {
    "id": _READ,
    "import_": "a fleet cannot be imported: remove the option, and the fleet creates new caches",
    "plugin_download_url": _PLUGIN,
    "urn": _READ,
    "version": _PLUGIN,
}
"""Options that a fleet does not support, with the alternative."""


class CacheOptions(pulumi.ResourceOptions):
    """Resource options that translate property paths to the names in state.

    Pulumi's SDK does not translate them for dynamic resources. Options that transformations merge
    in are translated too.
    """

    def __setattr__(self, name: str, value: Any) -> None:  # noqa: ANN401 - of any option
        """Set an option.

        Raises:
            RunError: A property path that the engine cannot read.
        """
        if name in PATHS and value:
            try:
                value = [property_path(path) for path in value]
            except (TypeError, ValueError) as error:
                raise pulumi.RunError(f"ImageCache: the option `{name}`: {error}") from None
        super().__setattr__(name, value)


def cache_options(opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions:
    """Return a copy of a cache's options.

    Raises:
        RunError: An option is not supported; the message names the alternative.
    """
    copied = CacheOptions()
    if opts is None:
        return copied
    if not isinstance(opts, pulumi.ResourceOptions):
        raise TypeError(
            "the second argument of ImageCache must be ResourceOptions; pass all other arguments "
            "by name"
        )
    _refuse("ImageCache", REFUSED_BY_CACHES, opts)
    for name, value in vars(opts).items():
        setattr(copied, name, value)
    return copied


def fleet_options(
    opts: pulumi.ResourceOptions | None, package: str = DYNAMIC_PACKAGE
) -> tuple[pulumi.ResourceOptions | None, pulumi.ResourceOptions]:
    """Return the options of the fleet itself, and those of its caches, which are of *package*.

    Raises:
        RunError: An option is not supported; the message names the alternative.
    """
    if opts is None:
        return None, pulumi.ResourceOptions()
    if not isinstance(opts, pulumi.ResourceOptions):
        raise TypeError("the second argument of ImageCacheFleet must be ResourceOptions")
    _refuse("ImageCacheFleet", REFUSED_BY_FLEETS, opts, package)
    own, caches = pulumi.ResourceOptions(), pulumi.ResourceOptions()
    for name, value in vars(opts).items():
        setattr(caches if name in TO_CACHES else own, name, value)
    return own, caches


def refuse_output_text(what: str, name: object) -> None:
    """Refuse a name that an f-string or str() made of an Output.

    Args:
        what: What the name is of, for the message.
        name: The name.

    Raises:
        RunError: *name* is such a text.
    """
    if holds_output_text(name):
        raise pulumi.RunError(
            f"{what} holds a text that an f-string or str() made of an Output. Use a plain string: "
            "Pulumi needs the name before outputs are known"
        )


def warn_of_inherited_provider(
    resource_name: str, args: Mapping[str, Any], opts: pulumi.ResourceOptions | None
) -> None:
    """Warn if the cache's parent has a provider of pulumi-alicloud, which the cache does not use.

    There is no warning if the cache has the argument `region` or `connection`.
    """
    parent = opts.parent if opts else None
    if parent is None or args.get("region") or args.get("connection"):
        return
    if parent.get_provider("alicloud:eci/imageCache:ImageCache") is not None:
        pulumi.log.warn(
            f"ImageCache {resource_name}: the cache does not use the alicloud provider of its "
            "parent, but the stack's configuration. For another region set `region`, for another "
            "account `connection`"
        )


def _refuse(
    what: str,
    refused: Mapping[str, str],
    opts: pulumi.ResourceOptions,
    package: str = DYNAMIC_PACKAGE,
) -> None:
    reasons = [f"its {each.path} {each.reason}" for each in output_texts("id", opts.id)]
    reasons += [
        f"the option `{name}` is not supported: {reason}"
        for name, reason in refused.items()
        if getattr(opts, name, None)
    ]
    foreign = sorted({p.package for p in _providers(opts)} - {package})
    if foreign:
        reasons.append(
            f"a provider of {' and '.join(foreign)} has no effect: set `region`, and `connection` "
            "for another account, endpoint or profile"
        )
    if reasons:
        raise pulumi.RunError("\n".join(f"{what}: {reason}" for reason in reasons))


def _providers(opts: pulumi.ResourceOptions) -> Sequence[pulumi.ProviderResource]:
    several = opts.providers or ()
    if isinstance(several, Mapping):
        several = list(several.values())
    if isinstance(several, pulumi.ProviderResource):
        several = [several]
    return [*several, *([opts.provider] if opts.provider else [])]
