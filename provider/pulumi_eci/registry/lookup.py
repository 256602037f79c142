"""The lookups of one run: each image once, many in parallel, with a time limit."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from pulumi_eci.model.reference import InvalidReferenceError, Reference, parse_reference
from pulumi_eci.registry.access import Access, Target
from pulumi_eci.registry.answer import Answer, Failure, RegistryError
from pulumi_eci.registry.client import Registry
from pulumi_eci.registry.transfer import CONNECTIONS

IMAGE_SECONDS = 10.0
RUN_SECONDS = 30.0
_STEP = 0.1  # seconds between two checks of the time limits
_OWN_SHARE = 0.95  # of an image's time; then the request ends itself, with a more precise reason


@dataclass(frozen=True)
class Query:
    """One image to look up.

    Attributes:
        target: The registry, and how it is called.
        image: The image.
        known: See `Registry.find`.
        platform: See `Registry.find`.
    """

    target: Target
    image: Reference
    known: str = ""
    platform: bool = True


class _Task:
    """The state of a `Query`."""

    def __init__(self, query: Query, registry: Registry) -> None:
        self.query = query
        self.registry = registry
        self.began = 0.0  # on the monotonic clock; 0 before the start
        self.answer = Answer()
        self.done = threading.Event()

    def unknown(self, message: str) -> Answer:
        """Return the answer that nothing is known, with the reason."""
        return Answer(failure=Failure.UNKNOWN, message=f"{self.query.target.host}: {message}")


class Lookup:
    """All lookups of a process.

    The threads do not keep the process alive: a server that sends a byte now and then would hold
    the process for any time.

    Args:
        image_seconds: How long one image may take.
        run_seconds: How long callers may wait for registries in total. Overlapping waits count
            once.
    """

    def __init__(
        self, image_seconds: float = IMAGE_SECONDS, run_seconds: float = RUN_SECONDS
    ) -> None:
        self._image_seconds = image_seconds
        self._over = f"the limit of {run_seconds:g} s for all registries of a run is used up"
        self._run_seconds = run_seconds
        self._lock = threading.Lock()
        self._tasks: dict[tuple[Target, Reference, bool], _Task] = {}
        self._registries: dict[Target, Registry] = {}
        self._queue: deque[_Task] = deque()
        self._threads = 0
        self._waiting = 0
        self._since = 0.0
        self._spent = 0.0

    def resolve(
        self, access: Access, images: Mapping[str, str], *, platform: bool = True
    ) -> dict[str, Answer]:
        """Look up images.

        Args:
            access: How registries are called.
            images: By image reference, the known digest; "" if there is none, or to get layers and
                platforms too.
            platform: See `Registry.find`.

        Returns:
            The answers, by image reference.
        """
        queries = dict[str, Query]()
        answers = dict[str, Answer]()
        for name, known in images.items():
            try:
                image = parse_reference(name)
                queries[name] = Query(access.target(image.host), image, known, platform)
            except InvalidReferenceError as error:  # noqa: PERF203 - one of many
                message = f"not a valid image reference: {error}"
                answers[name] = Answer(failure=Failure.MISSING, message=message)
        return answers | dict(zip(queries, self.find([*queries.values()]), strict=True))

    def find(self, queries: Sequence[Query]) -> list[Answer]:
        """Return the answer to each of *queries*. The same image is requested once in a process."""
        with self._lock:
            tasks = [self._task(query) for query in queries]
            self._start()
        with self._spending():
            return [self._wait(task) for task in tasks]

    def _task(self, query: Query) -> _Task:
        key = (query.target, query.image, query.platform)
        if key not in self._tasks:
            if query.target not in self._registries:
                self._registries[query.target] = Registry(query.target)
            registry = self._registries[query.target]
            registry.announce(query.image.path)
            self._tasks[key] = task = _Task(query, registry)
            if self._is_over():
                self._give_up(task, self._over)
            else:
                self._queue.append(task)
        return self._tasks[key]

    def _start(self) -> None:
        """Start one thread for each waiting lookup, up to the limit."""
        for _ in range(min(CONNECTIONS - self._threads, len(self._queue))):
            self._threads += 1
            threading.Thread(target=self._work, name="eci-registry", daemon=True).start()

    def _work(self) -> None:
        while task := self._next():
            answer = _answer(task, time.monotonic() + _OWN_SHARE * self._image_seconds)
            with self._lock:
                if task.done.is_set():
                    return  # the lookup was given up, and another thread took over
                task.answer = answer
                task.done.set()

    def _next(self) -> _Task | None:
        with self._lock:
            while self._queue:
                task = self._queue.popleft()
                if not task.done.is_set():
                    task.began = time.monotonic()
                    return task
            self._threads -= 1
            return None

    def _wait(self, task: _Task) -> Answer:
        while not task.done.wait(_STEP):
            with self._lock:
                if self._is_over():
                    for each in self._tasks.values():
                        self._give_up(each, self._over)
                elif task.began and time.monotonic() > task.began + self._image_seconds:
                    limit = f"{self._image_seconds:g} s"
                    self._give_up(task, f"the registry did not answer within {limit}")
        return task.answer

    def _is_over(self) -> bool:
        now = time.monotonic() - self._since if self._waiting else 0.0
        return self._spent + now > self._run_seconds

    def _give_up(self, task: _Task, message: str) -> None:
        if task.done.is_set():
            return
        task.answer = task.unknown(message)
        task.done.set()
        if task.began:
            self._threads -= 1
            self._start()

    @contextmanager
    def _spending(self) -> Iterator[None]:
        """Add up the time in which at least one caller waits."""
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


def _answer(task: _Task, deadline: float) -> Answer:
    query = task.query
    try:
        return task.registry.find(query.image, deadline, query.known, platform=query.platform)
    except RegistryError as error:
        if error.failure is Failure.UNKNOWN:
            return task.unknown(str(error))
        return Answer(failure=error.failure, message=str(error))
    except Exception as error:  # noqa: BLE001 - callers wait for an answer, without a secret in it
        return task.unknown(f"the registry's answer is not valid ({type(error).__name__})")
