"""The caches of a probe: created with a tag, and deleted at the end in any case.

Caches are found by the ids in replies, by a tag with the number of this run, and by the same number
in their names. A cache that is not found expires within two days.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeVar
from uuid import uuid4

from pulumi_eci.api.codes import Reaction
from pulumi_eci.api.errors import ApiError, EciError
from pulumi_eci.api.gateway import Gateway
from pulumi_eci.model.request import Parameters, wire_tags
from pulumi_eci.model.state import Observation
from pulumi_eci.operations.clock import Clock
from pulumi_eci.operations.retry import retrying
from pulumi_eci.operations.waiter import PollInterval
from pulumi_eci_cli.probe.answer import Answer, ask

MARK = "pulumi-eci-probe"
"""The key of the tag, and the prefix of the name, of all caches of a probe."""

KEPT_TAG = "kept"
RETENTION_DAYS = 1
STRATEGY = "LRU"
LONGER_RETENTION_DAYS = 2
CALL_SECONDS = 60.0
BUILD_SECONDS = 30 * 60.0
LOOKS_FOR_NEW = 5

T = TypeVar("T")


@dataclass(frozen=True)
class Recipe:
    """The parameters of caches.

    Attributes:
        run: The number of this run, in lower-case hexadecimal digits.
        images: The image to build from, and optionally one to rebuild from.
        vswitch_ids: The vSwitches to build in; empty leaves the choice to the service.
        security_group_id: The security group to build in; "" leaves the choice to the service.
    """

    run: str
    images: tuple[str, ...]
    vswitch_ids: tuple[str, ...] = ()
    security_group_id: str = ""

    def name(self, suffix: str) -> str:
        """Return the name of a cache."""
        return f"{MARK}-{self.run}-{suffix}"

    def parameters(self, name: str, *more_images: str) -> Parameters:
        """Return the parameters of CreateImageCache, with a retention of one day."""
        return {
            "ImageCacheName": name,
            "Image": [*self.images[:1], *more_images],
            "RetentionDays": RETENTION_DAYS,
            "EliminationStrategy": STRATEGY,
            "Tag": wire_tags({MARK: self.run, KEPT_TAG: ""}),
            **self.network(*self.vswitch_ids),
        }

    def network(self, *vswitch_ids: str) -> Parameters:
        """Return the parameters of vSwitches and security group, if any."""
        wanted = {
            "VSwitchId": ",".join(vswitch_ids),
            "SecurityGroupId": self.security_group_id,
        }
        return {parameter: value for parameter, value in wanted.items() if value}

    def made(self, seen: Observation) -> bool:
        """Return whether this run created the cache."""
        name = (seen.image_cache_name or "").lower()
        return seen.tags.get(MARK) == self.run or (name.startswith(MARK) and self.run in name)


class Caches:
    """Creates, describes and deletes caches.

    Args:
        gateway: The API.
        clock: The clock.
        interval: The pauses between two describe calls.
        recipe: The parameters of caches.
        say: Shows a line of progress.

    Attributes:
        deleted: Ids of caches whose deletion was accepted.
        throttled: For each throttled call, the seconds to wait that the service asked for.
    """

    def __init__(
        self,
        gateway: Gateway,
        clock: Clock,
        interval: PollInterval,
        recipe: Recipe,
        say: Callable[[str], None],
    ) -> None:
        self._gateway = gateway
        self._clock = clock
        self._interval = interval
        self.recipe = recipe
        self._say = say
        self.deleted: set[str] = set()
        self.throttled: list[float] = []
        self._ids: list[str] = []
        self._unsure: list[str] = []

    def create(self, name: str, token: str, *more_images: str) -> Answer:
        """Create a cache with the name *name*. The answer's result is the id."""
        self._unsure.append(name)
        parameters = self.recipe.parameters(name, *more_images)
        answer = self.ask(lambda: self._gateway.create(parameters, token))
        self._unsure.remove(name)
        if answer.accepted and answer.result not in self._ids:
            self._ids.append(answer.result)
        return answer

    def describe(self, cache_id: str) -> Observation | None:
        """Describe a cache; None if it does not exist."""
        return self.retry_until_deadline(lambda: self._gateway.describe(cache_id))

    def delete(self, cache_id: str) -> Answer:
        """Delete a cache. The service may still list it for a while."""
        token = new_token()
        answer = self.ask(lambda: self._gateway.delete(cache_id, token))
        if answer.accepted:
            self.deleted.add(cache_id)
        return answer

    def describe_new(self, cache_id: str) -> Observation:
        """Describe a new cache, which the service may not list yet.

        Raises:
            EciError: The cache does not appear.
        """
        for looks in range(LOOKS_FOR_NEW):
            seen = self.describe(cache_id)
            if seen is not None:
                return seen
            self.pause(looks)
        raise EciError(f"{cache_id} does not exist, although the probe did not delete it")

    def pause(self, looks: int) -> None:
        """Wait after *looks* describe calls."""
        self._clock.sleep(self._interval.after(looks))

    def watch(self, cache_id: str) -> Iterator[Observation]:
        """Describe a cache repeatedly, for at most `BUILD_SECONDS`.

        Raises:
            EciError: The cache no longer exists, or the time is over.
        """
        deadline = self._clock.now() + BUILD_SECONDS
        looks, said = 0, ""
        while True:
            seen = self.describe_new(cache_id)
            if not seen.settled and seen.status != said:
                said = seen.status
                self._say(f"  waiting for {cache_id}: {said} {seen.progress}")
            yield seen
            if self._clock.now() >= deadline:
                raise EciError(f"{cache_id} is still {seen.status} after {BUILD_SECONDS:.0f} s")
            self.pause(looks)
            looks += 1

    def ask(self, call: Callable[[], str | None]) -> Answer:
        """Make *call* and return the service's answer."""
        return ask(lambda: self.retry_until_deadline(call))

    def retry_until_deadline(self, call: Callable[[], T]) -> T:
        """Make *call*, and retry after transient failures."""
        return retrying(call, self._clock, self._clock.now() + CALL_SECONDS, self._on_retry)

    def _on_retry(self, failure: EciError) -> None:
        if isinstance(failure, ApiError) and failure.throttled:
            self.throttled.append(failure.retry_after)

    def evicted(self) -> list[str]:
        """Return the caches that no longer exist although the probe did not delete them."""
        kept = [each for each in self._ids if each not in self.deleted]
        return [each for each in kept if self.describe(each) is None]

    def could_evict_others(self) -> bool:
        """Return whether the service may evict caches of others."""
        return any(
            seen.elimination_strategy == STRATEGY and not self.recipe.made(seen)
            for seen in self._listed()
        )

    def remove_all(self) -> list[str]:
        """Delete all caches. Return one line for each cache that may still exist."""
        removal = Removal(self)
        try:
            removal.add(self._ids)
            removal.step()
            removal.add(self._swept())
            deadline, rounds = self._clock.now() + BUILD_SECONDS, 0
            while removal.step() and self._clock.now() < deadline:
                self.pause(rounds)
                rounds += 1
        except KeyboardInterrupt:
            self._say("interrupted again: the remaining caches are not deleted")
        unsure = [
            f"{name}: the creation was interrupted, so the cache may still appear"
            for name in self._unsure
        ]
        return removal.left + unsure

    def _swept(self) -> list[str]:
        """Return the caches of this run, including those whose id was in no reply."""
        try:
            made = [seen for seen in self._listed() if self.recipe.made(seen)]
        except EciError as error:
            self._say(f"cannot list caches whose creation had no reply: {error}")
            return []
        # Caches with a lost reply are now known.
        names = {seen.image_cache_name for seen in made if seen.image_cache_id not in self._ids}
        self._unsure = [name for name in self._unsure if name not in names]
        return [seen.image_cache_id for seen in made]

    def _listed(self) -> Iterator[Observation]:
        token, tokens = "", set[str]()
        while token not in tokens:
            tokens.add(token)
            page = self.retry_until_deadline(partial(self._gateway.list_page, token))
            yield from page.caches
            token = page.next_token or token


class Removal:
    """Deletes caches in rounds, because the service may refuse to delete a cache in a build."""

    def __init__(self, caches: Caches) -> None:
        self._caches = caches
        self._why: dict[str, str] = {}
        self._refused: set[str] = set()

    @property
    def left(self) -> list[str]:
        """One line for each cache that may still exist."""
        return [f"{cache_id}: {why}" for cache_id, why in self._why.items()]

    def add(self, cache_ids: list[str]) -> None:
        """Add caches to delete."""
        for cache_id in cache_ids:
            self._why.setdefault(cache_id, "not deleted yet")

    def step(self) -> bool:
        """Try to delete each cache. Return whether another round can help."""
        for cache_id in [each for each in self._why if each not in self._refused]:
            self._advance(cache_id)
        return bool(self._why.keys() - self._refused)

    def _advance(self, cache_id: str) -> None:
        try:
            gone = self._is_gone(cache_id)
        except EciError as error:
            self._why[cache_id] = str(error)
            self._refused.add(cache_id)
        else:
            if gone:
                del self._why[cache_id]

    def _is_gone(self, cache_id: str) -> bool:
        """Delete a cache unless its deletion was accepted. Return whether the cache is gone."""
        # Delete before describing: the service may not list a new cache yet.
        answer = None if cache_id in self._caches.deleted else self._caches.delete(cache_id)
        seen = self._caches.describe(cache_id)
        if seen is None:
            return True
        if answer is None or answer.accepted:
            self._why[cache_id] = f"deleted, but still listed as {seen.status}"
            return False
        self._why[cache_id] = f"DeleteImageCache answered {answer} while {seen.status}"
        if answer.reaction not in (Reaction.WAIT, Reaction.GONE):
            self._refused.add(cache_id)
        return False


def new_token() -> str:
    """Return a new ClientToken."""
    return uuid4().hex
