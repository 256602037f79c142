"""Shared by the experiments: the API, and one cache for most of them."""

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
    """The provider's gateway, and the replies that it makes uniform, as the service sent them."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._own = connection

    def with_wrong_secret(self) -> ProbeGateway | None:
        """Return a gateway with wrong signatures; None if the secret cannot be changed."""
        credentials = self._own.credentials
        if not isinstance(credentials.source, AccessKey):
            return None
        wrong = replace(credentials, source=replace(credentials.source, secret="wrong"))  # noqa: S106 - it is
        return ProbeGateway(replace(self._own, credentials=wrong))

    def reply(self, operation: str, parameters: Parameters) -> Mapping[str, Any]:
        """Make one call and return the reply by wire names.

        Raises:
            EciError: As all methods of the gateway.
        """
        return self._call(operation, parameters)

    def entry(self, cache_id: str) -> Mapping[str, Any]:
        """Return a cache with all its fields; empty if it is not shown."""
        caches = self.reply("DescribeImageCaches", {"ImageCacheId": cache_id}).get("ImageCaches")
        return next(iter(caches or ()), {})

    def show(self, cache_id: str) -> str:
        """Describe a cache and return the ID that is shown, if any, without mercy on a 404."""
        return str(self.entry(cache_id).get("ImageCacheId") or "")


@dataclass(frozen=True)
class Watched:
    """The observation of an update: each status of the cache, and the final observation."""

    statuses: frozenset[str]
    last: Observation


class Lab:
    """The cache of most experiments, and its data.

    Attributes:
        gateway: The API.
        caches: Makes, watches and removes caches.
        clock: The time.
        second: The ID of a second cache that is being built; empty if there is none.
        name: The subject's name.
        token: The ClientToken that the subject was created with.
        unknown_id: An ID in the vendor's form that no cache has.
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
        """Return the ID of the subject, which is created at the first call.

        Raises:
            EciError: It was refused, now or before.
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
            EciError: It never will be.
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
        """Return parameters of an update that leaves everything as the last one set it."""
        recipe = self.caches.recipe
        return {
            "ImageCacheName": self.name,
            "RetentionDays": self._days,
            "EliminationStrategy": STRATEGY,
            # Perhaps required, and perhaps one vSwitch at most.
            **recipe.network(*recipe.vswitch_ids[:1]),
        }

    def changed(self, **parameters: Any) -> Parameters:  # noqa: ANN401 - wire values
        """Return parameters of an update that certainly changes something, and *parameters*."""
        other = LONGER_RETENTION_DAYS if self._days == RETENTION_DAYS else RETENTION_DAYS
        return {**self.base(), "RetentionDays": other, **parameters}

    def update(self, parameters: Parameters) -> Answer:
        """Update the subject once it can be."""
        self.ready()
        return self.try_update(parameters)

    def try_update(self, parameters: Parameters) -> Answer:
        """Update the subject whether it can be or not."""
        cache_id, token = self.subject(), new_token()
        answer = self.caches.ask(lambda: self.gateway.update(cache_id, parameters, token))
        if answer.accepted:
            self._days = parameters.get("RetentionDays", self._days)
        return answer

    def round_trip(self) -> float:
        """Return how many seconds a call takes that does next to nothing."""
        return median(self._timed_look() for _ in range(ROUND_TRIPS))

    def _timed_look(self) -> float:
        begun = time.monotonic()  # not the clock: this is about the network
        self.caches.ask(lambda: self.gateway.show(self.unknown_id))
        return time.monotonic() - begun

    def update_twice(self) -> Twins:
        """Update the subject once it can be, by two equal requests at the same time.

        Raises:
            EciError: One of them got no usable answer.
        """
        self.ready()
        cache_id, token, parameters = self.subject(), new_token(), self.changed()

        def send() -> tuple[Answer, float, float]:
            begun = time.monotonic()
            # Without patience: the refusal that this is about calls for another try.
            answer = ask(lambda: self.gateway.update(cache_id, parameters, token))
            return answer, begun, time.monotonic()

        with ThreadPoolExecutor(2) as pool:
            sent = [each.result() for each in [pool.submit(send) for _ in range(2)]]
        answers, begins, ends = zip(*sent, strict=True)
        if any(answer.accepted for answer in answers):
            self._days = parameters["RetentionDays"]
        return Twins(answers, min(ends) - max(begins))

    def compare(self, odd: Parameters, plain: Parameters) -> tuple[Answer, Answer | None]:
        """Update with *odd* parameters, and if they are refused with *plain* ones."""
        answer = self.update(odd)
        return answer, None if answer.accepted else self.update(plain)

    def watch(self) -> Watched:
        """Watch the subject after an update until it has settled; Updating may come a bit late."""
        statuses: list[str] = []
        for seen in self.caches.watch(self.subject()):
            statuses.append(seen.status)
            late = len(statuses) < LOOKS_FOR_UPDATING and UPDATING not in statuses
            if seen.settled and not late:
                return Watched(frozenset(statuses), seen)
        raise AssertionError  # a watch ends with a look or an EciError

    def expiry(self) -> Expiry:
        """Look up when the subject expires."""
        entry = self.caches.retry_until_deadline(lambda: self.gateway.entry(self.subject()))
        return Expiry(str(entry.get("ExpireDateTime")), self._days)

    def first_expiry(self) -> Expiry:
        """Return when the subject was to expire before any update."""
        self.ready()
        return self._first_expiry or self.expiry()

    def let_pass_since_creation(self, seconds: float) -> None:
        """Wait until the subject is *seconds* old."""
        age = self.clock.now() - self._created_at
        self.clock.sleep(max(0.0, seconds - age))
