"""The dynamic `ResourceProvider`: an adapter between Pulumi's dynamic host and `core`.

Module path and class name are in every user's state, where the provider is pickled by reference:
neither may ever change, and the class must pickle without attributes.
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
from pulumi_eci.dynamic.host import current_call, misspelt_keys, plain, raise_workers, reported
from pulumi_eci.dynamic.identity import identify_stack, stack_of
from pulumi_eci.engine.watchdog import follow_engine
from pulumi_eci.operations.clock import SystemClock
from pulumi_eci.operations.connections import Connections


@functools.cache
def _identify(stack: str, organization: str) -> str:
    return identify_stack(stack, organization, os.environ, Path.cwd())


class ImageCacheProvider(ResourceProvider):
    """Checks, diffs and changes image caches on behalf of the engine."""

    serialize_as_secret_always = False  # it holds nothing, so it need not be a secret

    _caches: ImageCaches
    _unknown_settings: Sequence[str] = ()

    @reported
    def configure(self, req: ConfigureRequest) -> None:
        """Take the stack's configuration; called once for each instance in a process.

        The host makes an instance for each pickle, and state may have two: Python 3.14 writes
        another than 3.13 did. One must know what the other does, so the caches are the class's.
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
        checked = self._caches.check(current_call(), _olds, plain(news))
        # The engine prints the value of a property that a failure names, secret or not. So failures
        # name no property here, and the path is in the sentence.
        failures = (*self._unknown_settings, *checked.failures)
        return CheckResult(checked.inputs, [CheckFailure("", each) for each in failures])

    @reported
    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """See `ImageCaches.diff`."""
        diff = self._caches.diff(current_call(), _id, _olds, plain(_news))
        changes: bool | None = diff.has_changes
        if diff.plan.in_place and diff.is_shown:
            # "See for yourself": the host cannot pass on which properties changed, and the engine
            # honours replace_on_changes only if it knows.
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
