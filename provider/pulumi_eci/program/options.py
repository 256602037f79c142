"""What each resource option means for a cache, and for a fleet.

A test fails for an option of the installed SDK that none of these tables decides on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from pulumi_eci.model.decode import holds_output_text, output_texts
from pulumi_eci.program.args import property_path

PATHS = frozenset(
    {"additional_secret_outputs", "hide_diffs", "ignore_changes", "replace_on_changes"}
)
"""Options that name properties; their spelling in Python is translated."""

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
"""Options of a fleet that are its caches': on a component they do nothing, or something else."""

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
"""Options of a component that the SDK and the engine pass on to its children."""

REFUSED_BY_CACHES = {
    "import_": "the engine gives a dynamic provider nothing to go by: use the argument `adopt` to "
    "take a cache over, or ImageCache.get to read it",
    "env_var_mappings": "it is an option of providers: set the variables for pulumi itself",
}
"""Options of a cache that cannot work, and what there is instead; all others pass."""

_READ = "a fleet cannot be read: read its caches, each with ImageCache.get"
_PLUGIN = "a fleet has no plugin: choose the version of the package pulumi_eci"
REFUSED_BY_FLEETS = REFUSED_BY_CACHES | {
    "id": _READ,
    "import_": "a fleet cannot be imported: its images are cached anew",
    "plugin_download_url": _PLUGIN,
    "urn": _READ,
    "version": _PLUGIN,
}
"""Options of a fleet that cannot work, and what there is instead."""

_PACKAGE = "pulumi-python"


class CacheOptions(pulumi.ResourceOptions):
    """Options that spell property paths as state does, also those that transformations merge in:
    dynamic resources have no translation of their own.
    """

    def __setattr__(self, name: str, value: Any) -> None:  # noqa: ANN401 - of any option
        """Set an option."""
        if name in PATHS and value:
            value = [property_path(path) for path in value]
        super().__setattr__(name, value)


def cache_options(opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions:
    """Return a copy of a cache's options.

    Raises:
        RunError: One of them cannot work; says what there is instead.
    """
    copied = CacheOptions()
    if opts is None:
        return copied
    if not isinstance(opts, pulumi.ResourceOptions):
        raise TypeError("the second argument of ImageCache is its ResourceOptions; name all others")
    _refuse("ImageCache", REFUSED_BY_CACHES, opts)
    for name, value in vars(opts).items():
        setattr(copied, name, value)
    return copied


def fleet_options(
    opts: pulumi.ResourceOptions | None, package: str = _PACKAGE
) -> tuple[pulumi.ResourceOptions | None, pulumi.ResourceOptions]:
    """Return the options of a fleet itself and those of its caches, which are of *package*.

    Raises:
        RunError: One of them cannot work; says what there is instead.
    """
    if opts is None:
        return None, pulumi.ResourceOptions()
    if not isinstance(opts, pulumi.ResourceOptions):
        raise TypeError("the second argument of ImageCacheFleet is its ResourceOptions")
    _refuse("ImageCacheFleet", REFUSED_BY_FLEETS, opts, package)
    own, caches = pulumi.ResourceOptions(), pulumi.ResourceOptions()
    for name, value in vars(opts).items():
        setattr(caches if name in TO_CACHES else own, name, value)
    return own, caches


def refuse_output_text(what: str, name: object) -> None:
    """Refuse a name in a program that an f-string made of an Output.

    Raises:
        RunError: Outputs are known too late for it.
    """
    if holds_output_text(name):
        raise pulumi.RunError(
            f"{what} holds a text that an f-string or str() made of an Output. It must be a plain "
            "string, since it is needed before outputs are known; only arguments take outputs, as "
            "they are or within pulumi.Output.concat"
        )


def warn_of_inherited_provider(
    resource_name: str, args: Mapping[str, Any], opts: pulumi.ResourceOptions | None
) -> None:
    """Say that a parent's provider of pulumi-alicloud decides nothing, if the cache names neither
    region nor connection itself.
    """
    parent = opts.parent if opts else None
    if parent is None or args.get("region") or args.get("connection"):
        return
    if parent.get_provider("alicloud:eci/imageCache:ImageCache") is not None:
        pulumi.log.warn(
            f"ImageCache {resource_name}: its parent's alicloud provider does not reach it. Name "
            "`region` (and `connection` for another account), or the stack's configuration decides"
        )


def _refuse(
    what: str, refused: Mapping[str, str], opts: pulumi.ResourceOptions, package: str = _PACKAGE
) -> None:
    reasons = [f"its {each.path} {each.reason}" for each in output_texts("id", opts.id)]
    reasons += [
        f"the option `{name}` cannot work: {reason}"
        for name, reason in refused.items()
        if getattr(opts, name, None)
    ]
    foreign = sorted({p.package for p in _providers(opts)} - {package})
    if foreign:
        reasons.append(
            f"a provider of {' and '.join(foreign)} does not reach it, and would leave the cache "
            "in another region or account: name `region`, and `connection` for another account, "
            "endpoint or profile"
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
