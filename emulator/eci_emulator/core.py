"""The emulator: operations called in process, without HTTP and without signatures."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from eci_emulator import backdoor
from eci_emulator.actions import ACTIONS, Action
from eci_emulator.actions.context import Context
from eci_emulator.clock import Clock, ManualClock, RealClock
from eci_emulator.errors import (
    ApiError,
    idempotent_parameter_mismatch,
    invalid_parameter,
    unknown_action,
)
from eci_emulator.faults import Faults
from eci_emulator.journal import Journal, Outcome
from eci_emulator.settings import Settings
from eci_emulator.store import Store
from eci_emulator.wire import Params, shorten

if TYPE_CHECKING:
    from collections.abc import Mapping

_REGION = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_LONGEST_TOKEN = 64
_LAST_TIME = "last time"


class Emulator:
    """A local ECI API. Thread-safe: calls are served one after the other.

    Attributes:
        settings: The settings in force; `configure` changes them.
        clock: The emulator's time.
        journal: The latest requests.
        faults: The faults for requests over HTTP.
    """

    def __init__(self, settings: Settings | None = None, clock: Clock | None = None) -> None:
        self.settings = settings or Settings()
        self.clock = clock or _clock(self.settings)
        self.journal = Journal(self.settings.journal_size)
        self.faults = Faults()
        self._initial = self.settings
        self._store = Store(self.settings.data)
        self._lock = threading.RLock()
        self._restore_faults()
        # Time must not run backwards for caches kept in a file, even if it was advanced by hand.
        behind = (self._store.fact(_LAST_TIME) or 0.0) - self.clock.now()
        if behind > 0:
            self.clock.advance(behind)

    def call(self, action: str, params: Mapping[str, str]) -> dict[str, Any]:
        """Run an operation and record it in the journal.

        Args:
            action: The operation, for example `CreateImageCache`.
            params: The flat parameters, as in a query string: `{"Image.1": "nginx"}`.

        Raises:
            ApiError: The service refuses.
        """
        request_id = new_request_id()
        try:
            result = self.serve(action, params, request_id)
        except ApiError as error:
            self.record(action, params, Outcome(error.status, error.code, request_id))
            raise
        self.record(action, params, Outcome(200, None, request_id))
        return result

    def serve(
        self, action: str, params: Mapping[str, str], request_id: str, account: str = ""
    ) -> dict[str, Any]:
        """Run an operation without recording it. Each `account` has its own ClientTokens."""
        try:
            with self._lock:
                result = self._run(action, params, account)
        except ApiError as error:
            error.request_id = request_id
            unnamed = self.settings.switches.missing_parameter
            if error.code.startswith("Missing") and unnamed != "by_name":
                error.code = unnamed
            raise
        return {"RequestId": request_id, **result}

    def record(self, action: str, params: Mapping[str, str], outcome: Outcome) -> None:
        """Add a request to the journal."""
        self.journal.record(self.clock.now(), action, params, outcome)

    def configure(self, **changes: Any) -> None:  # noqa: ANN401 - fields of Settings
        """Change settings at run time, for example `build_seconds=60` or `switches=...`."""
        with self._lock:
            self.settings = replace(self.settings, **changes)

    def advance(self, seconds: float) -> None:
        """Advance the clock. A data file stores the new time."""
        with self._lock:
            self.clock.advance(seconds)
            self._store.remember_fact(_LAST_TIME, self.clock.now())

    def caches(self) -> list[dict[str, Any]]:
        """Return all fields of all caches, including fields that the API does not show."""
        now = self.clock.now()
        with self._lock:
            self._store.remove_due(now)
            return [backdoor.dump(cache, now) for _, cache in self._store.scan()]

    def seed(self, *raw: Mapping[str, Any]) -> list[str]:
        """Add caches without API calls and return their ids.

        Args:
            raw: Fields of `eci_emulator.model.Cache`, `status` among them; all have defaults.

        Raises:
            ValueError: A field does not exist or has a value that it cannot take.
        """
        seeded = [backdoor.seed(each, self.clock.now()) for each in raw]
        with self._lock, self._store.transaction():
            for cache in seeded:
                self._store.put(cache)
        return [cache.id for cache in seeded]

    def edit(self, cache_id: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Change a cache without an API call, as the service or another user might.

        Raises:
            KeyError: The cache does not exist.
            ValueError: A field does not exist or has an invalid value.
        """
        now = self.clock.now()
        with self._lock:
            cache = self._store.get(cache_id)
            if cache is None:
                raise KeyError(cache_id)
            edited = backdoor.edit(cache, changes, now)
            self._store.put(edited)
        return backdoor.dump(edited, now)

    def remove(self, cache_id: str) -> None:
        """Remove a cache without an API call."""
        with self._lock:
            self._store.delete(cache_id)

    def reset(self) -> None:
        """Remove all caches, tokens, faults and requests, and restore the initial settings."""
        with self._lock:
            self._store.clear()
            self.settings = self._initial
            self.journal.clear()
            self._restore_faults()

    def _restore_faults(self) -> None:
        self.faults.clear()
        for raw in self._initial.faults:
            self.faults.add(raw)

    def close(self) -> None:
        """Close the data file."""
        with self._lock:
            self._store.remember_fact(_LAST_TIME, self.clock.now())
            self._store.close()

    def _run(self, action: str, params: Mapping[str, str], account: str) -> dict[str, Any]:
        operation = ACTIONS.get(action)
        if operation is None:
            raise unknown_action()
        reader = Params(params)
        context = Context(
            store=self._store,
            settings=self.settings,
            switches=self.settings.switches,
            now=self.clock.now(),
            region=self._region(operation, reader),
        )
        self._store.remove_due(context.now)
        if not operation.writes:
            return operation.run(context, reader)
        with self._store.transaction():
            self._store.remember_fact(_LAST_TIME, context.now)
            if not operation.idempotent:
                return operation.run(context, reader)
            return self._run_once(operation, context, reader, f"{account}/{action}")

    def _region(self, operation: Action, params: Params) -> str:
        if not operation.needs_region and not params.text("RegionId"):
            return ""
        region = params.required("RegionId")
        if not _REGION.fullmatch(region):
            raise invalid_parameter("RegionId", f"{shorten(region)!r} is not the ID of a region")
        if self.settings.regions is not None and region not in self.settings.regions:
            raise ApiError(
                404, "InvalidRegionId.NotFound", "The specified RegionId does not exist."
            )
        return region

    def _run_once(
        self, operation: Action, context: Context, params: Params, scope: str
    ) -> dict[str, Any]:
        """Answer a repeated client token with the first result."""
        token = read_client_token(params)
        if not token:
            return operation.run(context, params)
        key = f"{scope}/{context.region}/{token}"
        # A hash, because the parameters may contain a registry's password.
        sent = json.dumps(list(params.business()), ensure_ascii=True)
        fingerprint = hashlib.sha256(sent.encode()).hexdigest()
        known = self._store.token(key)
        if known is None:
            result = operation.run(context, params)
            self._store.remember_token(key, fingerprint, json.dumps(result))
            return result
        same = known[0] == fingerprint
        if not same and context.switches.idempotency_mismatch == "refuse":
            raise idempotent_parameter_mismatch()
        first: dict[str, Any] = json.loads(known[1])
        return first


def read_client_token(params: Params) -> str | None:
    """Read ClientToken: at most 64 ASCII characters."""
    token = params.text("ClientToken", limit=_LONGEST_TOKEN)
    if token and not token.isascii():
        raise invalid_parameter("ClientToken", "it contains characters beyond ASCII")
    return token


def new_request_id() -> str:
    """Return a new RequestId in the vendor's format."""
    return str(uuid.uuid4()).upper()


def _clock(settings: Settings) -> Clock:
    return ManualClock() if settings.manual_clock else RealClock(settings.clock_scale)
