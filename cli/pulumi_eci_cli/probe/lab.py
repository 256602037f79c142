"""What experiments share: the API, and the cache that most experiments use."""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from statistics import median
from typing import Any
from uuid import uuid4

from pulumi_eci.api.alicloud import AlibabaCloudGateway
from pulumi_eci.api.connection import Connection
from pulumi_eci.api.credentials import AccessKey
from pulumi_eci.api.errors import EciError
from pulumi_eci.model.request import Parameters
from pulumi_eci.model.state import FAILED, Observation
from pulumi_eci.operations.clock import Clock
from pulumi_eci_cli.probe.answer import Answer, ask
from pulumi_eci_cli.probe.caches import (
    LONGER_RETENTION_DAYS,
    RETENTION_DAYS,
    STRATEGY,
    Caches,
    new_token,
)
from pulumi_eci_cli.probe.decide import UPDATING, Expiry, Twins

LOOKS_FOR_UPDATING = 2
ROUND_TRIPS = 3


class ProbeGateway(AlibabaCloudGateway):
    """The provider's gateway, with replies as the service sends them."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._own = connection

    def with_wrong_secret(self) -> ProbeGateway | None:
        """Return a gateway with wrong signatures; None if the credentials are no access key."""
        credentials = self._own.credentials
        if not isinstance(credentials.source, AccessKey):
            return None
        wrong = replace(credentials, source=replace(credentials.source, secret="wrong"))  # noqa: S106 - it is
        return ProbeGateway(replace(self._own, credentials=wrong))

    def reply(self, operation: str, parameters: Parameters) -> Mapping[str, Any]:
        """Make one call and return the reply, keyed by wire name.

        Raises:
            EciError: See `Gateway`.
        """
        return self._call(operation, parameters)

    def entry(self, cache_id: str) -> Mapping[str, Any]:
        """Return a cache with all its fields; empty if it does not exist."""
        caches = self.reply("DescribeImageCaches", {"ImageCacheId": cache_id}).get("ImageCaches")
        return next(iter(caches or ()), {})

    def show(self, cache_id: str) -> str:
        """Describe a cache and return the id in the reply, or "". An error code is raised."""
        return str(self.entry(cache_id).get("ImageCacheId") or "")


@dataclass(frozen=True)
class Watched:
    """The observed statuses of an update, and the last observation."""

    statuses: frozenset[str]
    last: Observation


class Lab:
    """The cache of most experiments (the subject), and the operations on it.

    Attributes:
        gateway: The API.
        caches: Creates, describes and deletes caches.
        clock: The clock.
        second: Id of a second cache that is being built; empty if there is none.
        name: The subject's name.
        token: The ClientToken of the subject's creation.
        unknown_id: A valid id that no cache has.
    """

    def __init__(self, gateway: ProbeGateway, caches: Caches, clock: Clock) -> None:
        self.gateway = gateway
        self.caches = caches
        self.clock = clock
        self.second = ""
        self.token = new_token()
        self.name = caches.recipe.name("a")
        self.unknown_id = f"imc-{uuid4().hex[:20]}"
        self._created: Answer | None = None
        self._created_at = 0.0
        self._days = RETENTION_DAYS
        self._first_expiry: Expiry | None = None

    def subject(self) -> str:
        """Return the id of the subject, which is created at the first call.

        Raises:
            EciError: The creation was refused.
        """
        if self._created is None:
            self._created_at = self.clock.now()
            self._created = self.caches.create(self.name, self.token)
        if not self._created.accepted:
            raise EciError(f"CreateImageCache answered {self._created}")
        return self._created.result

    def ready(self) -> Observation:
        """Wait until the subject can be updated.

        Raises:
            EciError: The build failed.
        """
        cache_id = self.subject()
        seen = next(seen for seen in self.caches.watch(cache_id) if seen.settled)
        if seen.status == FAILED:
            why = f" ({seen.deciding_event})" if seen.deciding_event else ""
            raise EciError(f"the cache to experiment on is {seen.status}{why}")
        if self._first_expiry is None:
            self._first_expiry = self.expiry()
        return seen

    def base(self) -> Parameters:
        """Return parameters of an update that changes nothing."""
        recipe = self.caches.recipe
        return {
            "ImageCacheName": self.name,
            "RetentionDays": self._days,
            "EliminationStrategy": STRATEGY,
            # The service may require them, and may allow only one vSwitch.
            **recipe.network(*recipe.vswitch_ids[:1]),
        }

    def changed(self, **parameters: Any) -> Parameters:  # noqa: ANN401 - wire values
        """Return *parameters* with another RetentionDays, so that the update is a change."""
        other = LONGER_RETENTION_DAYS if self._days == RETENTION_DAYS else RETENTION_DAYS
        return {**self.base(), "RetentionDays": other, **parameters}

    def update(self, parameters: Parameters) -> Answer:
        """Wait until the subject can be updated, and update it."""
        self.ready()
        return self.try_update(parameters)

    def try_update(self, parameters: Parameters) -> Answer:
        """Update the subject in any status."""
        cache_id, token = self.subject(), new_token()
        answer = self.caches.ask(lambda: self.gateway.update(cache_id, parameters, token))
        if answer.accepted:
            self._days = parameters.get("RetentionDays", self._days)
        return answer

    def round_trip(self) -> float:
        """Return the seconds that a minimal call takes."""
        return median(self._timed_look() for _ in range(ROUND_TRIPS))

    def _timed_look(self) -> float:
        begun = time.monotonic()  # real time, not the clock
        self.caches.ask(lambda: self.gateway.show(self.unknown_id))
        return time.monotonic() - begun

    def update_twice(self) -> Twins:
        """Wait until the subject can be updated, and send two equal requests at the same time.

        Raises:
            EciError: A request got no usable answer.
        """
        self.ready()
        cache_id, token, parameters = self.subject(), new_token(), self.changed()

        def send() -> tuple[Answer, float, float]:
            begun = time.monotonic()
            # Without retries, because the expected refusal would be retried.
            answer = ask(lambda: self.gateway.update(cache_id, parameters, token))
            return answer, begun, time.monotonic()

        with ThreadPoolExecutor(2) as pool:
            sent = [each.result() for each in [pool.submit(send) for _ in range(2)]]
        answers, begins, ends = zip(*sent, strict=True)
        if any(answer.accepted for answer in answers):
            self._days = parameters["RetentionDays"]
        return Twins(answers, min(ends) - max(begins))

    def compare(self, odd: Parameters, plain: Parameters) -> tuple[Answer, Answer | None]:
        """Update with *odd* parameters and, if the update is refused, with *plain* ones."""
        answer = self.update(odd)
        return answer, None if answer.accepted else self.update(plain)

    def watch(self) -> Watched:
        """Watch the subject after an update until the update is done. Updating may appear late."""
        statuses: list[str] = []
        for seen in self.caches.watch(self.subject()):
            statuses.append(seen.status)
            late = len(statuses) < LOOKS_FOR_UPDATING and UPDATING not in statuses
            if seen.settled and not late:
                return Watched(frozenset(statuses), seen)
        raise AssertionError  # a watch ends with a look or an EciError

    def expiry(self) -> Expiry:
        """Return when the subject expires."""
        entry = self.caches.retry_until_deadline(lambda: self.gateway.entry(self.subject()))
        return Expiry(str(entry.get("ExpireDateTime")), self._days)

    def first_expiry(self) -> Expiry:
        """Return when the subject would have expired before any update."""
        self.ready()
        return self._first_expiry or self.expiry()

    def let_pass_since_creation(self, seconds: float) -> None:
        """Wait until the subject is *seconds* old."""
        age = self.clock.now() - self._created_at
        self.clock.sleep(max(0.0, seconds - age))
