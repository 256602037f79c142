"""The caches of a probe: created by one recipe, marked, and always deleted at the end.

Three things identify the caches: the returned IDs, a tag with the number of the run, and the same
number in every name. Any other cache expires within two days.
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
"""The key of the tag, and the beginning of the name, of everything that a probe makes."""

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
    """The recipe of the caches.

    Attributes:
        run: The number of this run of the probe, in lower-case hexadecimal digits.
        images: The image for builds, and optionally another for a rebuild.
        vswitch_ids: The vSwitches for builds; by default the service's choice.
        security_group_id: The security group for builds, likewise.
    """

    run: str
    images: tuple[str, ...]
    vswitch_ids: tuple[str, ...] = ()
    security_group_id: str = ""

    def name(self, suffix: str) -> str:
        """Name one of the caches."""
        return f"{MARK}-{self.run}-{suffix}"

    def parameters(self, name: str, *more_images: str) -> Parameters:
        """Return the parameters of CreateImageCache: few images, and a retention of a day."""
        return {
            "ImageCacheName": name,
            "Image": [*self.images[:1], *more_images],
            "RetentionDays": RETENTION_DAYS,
            "EliminationStrategy": STRATEGY,
            "Tag": wire_tags({MARK: self.run, KEPT_TAG: ""}),
            **self.network(*self.vswitch_ids),
        }

    def network(self, *vswitch_ids: str) -> Parameters:
        """Return the given parameters for the network."""
        wanted = {
            "VSwitchId": ",".join(vswitch_ids),
            "SecurityGroupId": self.security_group_id,
        }
        return {parameter: value for parameter, value in wanted.items() if value}

    def made(self, seen: Observation) -> bool:
        """Tell whether a cache was made by this run."""
        name = (seen.image_cache_name or "").lower()
        return seen.tags.get(MARK) == self.run or (name.startswith(MARK) and self.run in name)


class Caches:
    """Makes caches, looks at them, and removes every one of them.

    Args:
        gateway: The API.
        clock: The time.
        interval: The pauses between two looks.
        recipe: What caches are made of.
        say: Takes a line for the person who waits.

    Attributes:
        deleted: The IDs of the caches whose deletion was accepted.
        throttled: For each call that was throttled, for how many seconds it was told to wait.
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
        """Create a cache called *name*; the answer's result is its ID."""
        self._unsure.append(name)
        parameters = self.recipe.parameters(name, *more_images)
        answer = self.ask(lambda: self._gateway.create(parameters, token))
        self._unsure.remove(name)
        if answer.accepted and answer.result not in self._ids:
            self._ids.append(answer.result)
        return answer

    def describe(self, cache_id: str) -> Observation | None:
        """Look at a cache."""
        return self.retry_until_deadline(lambda: self._gateway.describe(cache_id))

    def delete(self, cache_id: str) -> Answer:
        """Delete a cache; it may still be shown for a while."""
        token = new_token()
        answer = self.ask(lambda: self._gateway.delete(cache_id, token))
        if answer.accepted:
            self.deleted.add(cache_id)
        return answer

    def describe_new(self, cache_id: str) -> Observation:
        """Look at a cache that was made just now, and so may not be shown yet.

        Raises:
            EciError: It is not shown for long.
        """
        for looks in range(LOOKS_FOR_NEW):
            seen = self.describe(cache_id)
            if seen is not None:
                return seen
            self.pause(looks)
        raise EciError(f"{cache_id} is not there, though the probe did not delete it")

    def pause(self, looks: int) -> None:
        """Let time pass after *looks* looks."""
        self._clock.sleep(self._interval.after(looks))

    def watch(self, cache_id: str) -> Iterator[Observation]:
        """Look at a cache again and again, for as long as a build may take.

        Raises:
            EciError: It is gone, or that time has passed.
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
        """Make *call* and return how the service answered."""
        return ask(lambda: self.retry_until_deadline(call))

    def retry_until_deadline(self, call: Callable[[], T]) -> T:
        """Make *call*, and again after a transient failure, which would prove nothing."""
        return retrying(call, self._clock, self._clock.now() + CALL_SECONDS, self._on_retry)

    def _on_retry(self, failure: EciError) -> None:
        if isinstance(failure, ApiError) and failure.throttled:
            self.throttled.append(failure.retry_after)

    def evicted(self) -> list[str]:
        """Return the caches that are gone though the probe did not delete them."""
        kept = [each for each in self._ids if each not in self.deleted]
        return [each for each in kept if self.describe(each) is None]

    def could_evict_others(self) -> bool:
        """Tell whether caches of others are marked to make room for new ones."""
        return any(
            seen.elimination_strategy == STRATEGY and not self.recipe.made(seen)
            for seen in self._listed()
        )

    def remove_all(self) -> list[str]:
        """Delete the caches; return a line for each cache that may remain."""
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
            self._say("interrupted again: leaving the rest")
        unsure = [
            f"{name}: its creation was interrupted, so it may still appear" for name in self._unsure
        ]
        return removal.left + unsure

    def _swept(self) -> list[str]:
        """Find caches of this run without a returned ID."""
        try:
            made = [seen for seen in self._listed() if self.recipe.made(seen)]
        except EciError as error:
            self._say(f"cannot list further caches: {error}")
            return []
        # A cache with a lost reply is known now, and will be deleted.
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
    """The removal of some caches, in rounds: a cache that is being built may refuse at first."""

    def __init__(self, caches: Caches) -> None:
        self._caches = caches
        self._why: dict[str, str] = {}
        self._refused: set[str] = set()

    @property
    def left(self) -> list[str]:
        """A line for each cache that is not known to be gone."""
        return [f"{cache_id}: {why}" for cache_id, why in self._why.items()]

    def add(self, cache_ids: list[str]) -> None:
        """Put caches on the list."""
        for cache_id in cache_ids:
            self._why.setdefault(cache_id, "not deleted yet")

    def step(self) -> bool:
        """Look at each cache and delete it; tell whether another round can help."""
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
        """Delete a cache unless that was accepted already; tell whether it is gone."""
        # Deleted first and looked at then: a new cache may not be shown yet.
        answer = None if cache_id in self._caches.deleted else self._caches.delete(cache_id)
        seen = self._caches.describe(cache_id)
        if seen is None:
            return True
        if answer is None or answer.accepted:
            self._why[cache_id] = f"deleted, but still shown as {seen.status}"
            return False
        self._why[cache_id] = f"DeleteImageCache answered {answer} while {seen.status}"
        if answer.reaction not in (Reaction.WAIT, Reaction.GONE):
            self._refused.add(cache_id)
        return False


def new_token() -> str:
    """Return a fresh ClientToken."""
    return uuid4().hex
