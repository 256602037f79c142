"""The images of a run: each is asked for once, many side by side, and never for long."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from pulumi_eci.model.reference import InvalidReferenceError, Reference, parse_reference
from pulumi_eci.registry.access import Access, Way
from pulumi_eci.registry.answer import Answer, RegistryError, Trouble
from pulumi_eci.registry.client import Registry
from pulumi_eci.registry.transfer import CONNECTIONS

IMAGE_SECONDS = 10.0
RUN_SECONDS = 30.0
_STEP = 0.1  # seconds; whether a query has begun is noticed no sooner
_HASTE = 0.95  # of an image's time, after which its query ends by itself and can say where it was


@dataclass(frozen=True)
class Ask:
    """One image to ask for.

    Attributes:
        way: How its registry is asked.
        image: The image.
        known: The digest that it had: if it still has, nothing else is found out.
        platform: See `Registry.find`.
    """

    way: Way
    image: Reference
    known: str = ""
    platform: bool = True


class _Query:
    """What becomes of an `Ask`."""

    def __init__(self, ask: Ask, registry: Registry) -> None:
        self.ask = ask
        self.registry = registry
        self.began = 0.0  # on the monotonic clock; 0 before
        self.answer = Answer()
        self.done = threading.Event()

    def unknown(self, words: str) -> Answer:
        """Return the answer that nothing is known, and why."""
        return Answer(trouble=Trouble.UNKNOWN, words=f"{self.ask.way.host}: {words}")


class Lookup:
    """All that a process asks registries for.

    Its threads do not keep the process alive, since no answer is worth waiting for: a server that
    sends a byte now and then holds its thread for as long as it likes.

    Args:
        image_seconds: How long one image may take.
        run_seconds: How long anybody may wait for registries, all waits that do not overlap taken
            together.
    """

    def __init__(
        self, image_seconds: float = IMAGE_SECONDS, run_seconds: float = RUN_SECONDS
    ) -> None:
        self._image_seconds = image_seconds
        self._over = f"the {run_seconds:g} s for all registries of a run are over"
        self._run_seconds = run_seconds
        self._lock = threading.Lock()
        self._queries: dict[tuple[Way, Reference, bool], _Query] = {}
        self._registries: dict[Way, Registry] = {}
        self._queue: deque[_Query] = deque()
        self._threads = 0
        self._waiting = 0
        self._since = 0.0
        self._spent = 0.0

    def resolve(
        self, access: Access, images: Mapping[str, str], *, platform: bool = True
    ) -> dict[str, Answer]:
        """Look at images.

        Args:
            access: How registries are asked.
            images: The digest that each had, by its name; "" if it had none, or all is wanted.
            platform: See `Registry.find`.

        Returns:
            What each is, by its name.
        """
        asks = dict[str, Ask]()
        answers = dict[str, Answer]()
        for name, known in images.items():
            try:
                image = parse_reference(name)
                asks[name] = Ask(access.way(image.host), image, known, platform)
            except InvalidReferenceError as error:  # noqa: PERF203 - of one of many
                words = f"no registry has an image of this name: {error}"
                answers[name] = Answer(trouble=Trouble.MISSING, words=words)
        return answers | dict(zip(asks, self.find([*asks.values()]), strict=True))

    def find(self, asks: Sequence[Ask]) -> list[Answer]:
        """Return the answer to each of *asks*; the same image is asked for once."""
        with self._lock:
            queries = [self._query(ask) for ask in asks]
            self._start()
        with self._spending():
            return [self._wait(query) for query in queries]

    def _query(self, ask: Ask) -> _Query:
        key = (ask.way, ask.image, ask.platform)
        if key not in self._queries:
            if ask.way not in self._registries:
                self._registries[ask.way] = Registry(ask.way)
            registry = self._registries[ask.way]
            registry.announce(ask.image.path)
            self._queries[key] = query = _Query(ask, registry)
            if self._is_over():
                self._give_up(query, self._over)
            else:
                self._queue.append(query)
        return self._queries[key]

    def _start(self) -> None:
        """Start as many threads as there is work for."""
        for _ in range(min(CONNECTIONS - self._threads, len(self._queue))):
            self._threads += 1
            threading.Thread(target=self._work, name="eci-registry", daemon=True).start()

    def _work(self) -> None:
        while query := self._next():
            answer = _answer(query, time.monotonic() + _HASTE * self._image_seconds)
            with self._lock:
                if query.done.is_set():
                    return  # it was given up, and so was this thread
                query.answer = answer
                query.done.set()

    def _next(self) -> _Query | None:
        with self._lock:
            while self._queue:
                query = self._queue.popleft()
                if not query.done.is_set():
                    query.began = time.monotonic()
                    return query
            self._threads -= 1
            return None

    def _wait(self, query: _Query) -> Answer:
        while not query.done.wait(_STEP):
            with self._lock:
                if self._is_over():
                    for each in self._queries.values():
                        self._give_up(each, self._over)
                elif query.began and time.monotonic() > query.began + self._image_seconds:
                    self._give_up(query, f"it did not answer within {self._image_seconds:g} s")
        return query.answer

    def _is_over(self) -> bool:
        now = time.monotonic() - self._since if self._waiting else 0.0
        return self._spent + now > self._run_seconds

    def _give_up(self, query: _Query, words: str) -> None:
        if query.done.is_set():
            return
        query.answer = query.unknown(words)
        query.done.set()
        if query.began:
            self._threads -= 1
            self._start()

    @contextmanager
    def _spending(self) -> Iterator[None]:
        """Count the time in which anybody waits."""
        with self._lock:
            if not self._waiting:
                self._since = time.monotonic()
            self._waiting += 1
        try:
            yield
        finally:
            with self._lock:
                self._waiting -= 1
                if not self._waiting:
                    self._spent += time.monotonic() - self._since


def _answer(query: _Query, deadline: float) -> Answer:
    ask = query.ask
    try:
        return query.registry.find(ask.image, deadline, ask.known, platform=ask.platform)
    except RegistryError as error:
        if error.trouble is Trouble.UNKNOWN:
            return query.unknown(str(error))
        return Answer(trouble=error.trouble, words=str(error))
    except Exception as error:  # noqa: BLE001 - whoever waits must hear something, and no secret
        return query.unknown(f"its answer was not understood ({type(error).__name__})")
