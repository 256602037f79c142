"""The dynamic `ResourceProvider`: an adapter between Pulumi's dynamic provider host and `core`.

State holds the provider pickled by reference. So module path and class name must never change, and
the class must pickle without attributes.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from pulumi_eci.core import ImageCaches
from pulumi_eci.dynamic.host import (
    current_call,
    misspelt_keys,
    raise_workers,
    replace_unknowns,
    reported,
)
from pulumi_eci.dynamic.identity import identify_stack, stack_of
from pulumi_eci.engine.watchdog import follow_engine
from pulumi_eci.operations.clock import SystemClock
from pulumi_eci.operations.connections import Connections


@functools.cache
def _identify(stack: str, organization: str) -> str:
    return identify_stack(stack, organization, os.environ, Path.cwd())


class ImageCacheProvider(ResourceProvider):
    """The dynamic provider of image caches."""

    serialize_as_secret_always = False  # the pickled provider holds no data

    _caches: ImageCaches
    _unknown_settings: Sequence[str] = ()

    @reported
    def configure(self, req: ConfigureRequest) -> None:
        """Read the stack's configuration. The host calls this once for each instance.

        The host creates one instance for each different pickle, and Python 3.14 pickles
        differently from 3.13. All instances must share one `ImageCaches`, so the class holds it.
        """
        if not hasattr(self, "_caches"):
            connections = Connections(req.config.get, os.environ, SystemClock())
            ImageCacheProvider._caches = ImageCaches(
                connections, lambda urn, org: _identify(stack_of(urn), org)
            )
            ImageCacheProvider._unknown_settings = misspelt_keys(req.config)
            follow_engine(connections.untag_finished)
        raise_workers()

    @reported
    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """See `ImageCaches.check`."""
        checked = self._caches.check(current_call(), _olds, replace_unknowns(news))
        # The engine prints the value of the property that a failure names, even a secret one. So
        # failures name no property, and the reason begins with the property path.
        failures = (*self._unknown_settings, *checked.failures)
        return CheckResult(checked.inputs, [CheckFailure("", each) for each in failures])

    @reported
    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """See `ImageCaches.diff`."""
        diff = self._caches.diff(current_call(), _id, _olds, replace_unknowns(_news))
        changes: bool | None = diff.has_changes
        if diff.plan.in_place and diff.is_shown:
            # None lets the engine compare the inputs. The host cannot pass on which properties
            # changed, and without that the engine cannot apply replace_on_changes.
            changes = None
        return DiffResult(changes, replaces=diff.replaces, delete_before_replace=False)

    @reported
    def create(self, props: dict[str, Any]) -> CreateResult:
        """See `ImageCaches.create`."""
        return CreateResult(*self._caches.create(current_call(), props))

    @reported
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """See `ImageCaches.read`."""
        reading = self._caches.read(current_call(), id_, props)
        if reading is None:
            return ReadResult("", {})
        return ReadResult(id_, reading.outputs, reading.inputs)

    @reported
    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """See `ImageCaches.update`."""
        return UpdateResult(self._caches.update(current_call(), _id, _olds, _news))

    @reported
    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """See `ImageCaches.delete`."""
        self._caches.delete(current_call(), _id, _props)
