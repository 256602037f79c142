"""Pending caches: those that no state names yet. A tag marks them.

A process that is killed while it creates a cache leaves a cache that no state names. The tag names
the resource; the next creation of the same resource looks for the tag first.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from concurrent.futures import Future, TimeoutError  # noqa: A004 - until Python 3.11 another one
from dataclasses import dataclass, replace

from pulumi_eci.api.errors import ApiError, EciError
from pulumi_eci.api.gateway import none_if_gone
from pulumi_eci.model.fields import ADOPTED_TAG, FIELDS, MAX_TAGS, PENDING_TAG, Change
from pulumi_eci.model.spec import ImageCacheSpec
from pulumi_eci.model.state import FAILED, Observation
from pulumi_eci.operations import messages
from pulumi_eci.operations.attempt import Attempt, Client
from pulumi_eci.operations.retry import is_transient

_MOST_PAGES = 100  # 10,000 caches, where an account has hundreds
_BATCH = 50  # caches that one UntagResources call takes
_DIGITS = 8  # of the fingerprint, which tells the specs of one resource apart


def _always() -> bool:
    return True


@dataclass(frozen=True)
class Claim:
    """How a resource recognises its pending caches, and until when a new cache stays pending.

    Args:
        owner: Identifies the resource among all that share the account, in letters and digits; ""
            if that is not known, which turns the recovery off.
        ids_in_state: Ids that state is known to hold: no killed run left these caches, whatever
            their tags.
        is_active: Whether the answer will reach state: an engine that was interrupted twice drops
            what calls still return.
    """

    owner: str = ""
    ids_in_state: AbstractSet[str] = frozenset()
    is_active: Callable[[], bool] = _always


NO_CLAIM = Claim()


def tag_value(claim: Claim, spec: ImageCacheSpec) -> str:
    """Return the value of the tag: the owner, and a fingerprint of what the service never shows
    again of the spec that the cache was built from.
    """
    hidden = [
        [row.name, getattr(spec, row.attribute)]
        for row in FIELDS
        if not row.readable and row.change in (Change.REBUILD, Change.REPLACE)
    ]
    text = json.dumps(hidden, sort_keys=True)
    return f"{claim.owner}-{hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]}"


def with_pending_tag(spec: ImageCacheSpec, claim: Claim) -> ImageCacheSpec:
    """Add the pending tag to the tags of a creation, unless all 20 tags are in use."""
    if not is_recoverable(spec, claim):
        return spec
    return replace(spec, tags={**spec.tags, PENDING_TAG: tag_value(claim, spec)})


def is_recoverable(spec: ImageCacheSpec, claim: Claim) -> bool:
    """Whether the next run finds the cache if this run is killed while it creates the cache."""
    return bool(claim.owner) and len(spec.tags) < MAX_TAGS


class _ListingAbandonedError(Exception):
    """The caller that made a listing reached its own deadline."""


class PendingCaches:
    """The pending caches of a connection: those that killed runs left, and those of this process.

    What killed runs left is listed once for all resources of the process. The tag of a new cache is
    removed only when state holds the cache, which is later than the return of the creation.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._listing: Future[tuple[Observation, ...]] | None = None
        self._finished: dict[str, float] = {}
        self._known: set[str] = set()  # all ids that were ever finished

    def find_usable(
        self, attempt: Attempt, spec: ImageCacheSpec, claim: Claim
    ) -> Observation | None:
        """Find a cache that a killed run left and that can become *spec*; delete the others.

        Raises:
            EciError: The caches cannot be listed, or one cannot be deleted.
        """
        chosen: Observation | None = None
        for seen in self._leftovers(attempt, claim):
            if chosen is None and _is_usable(seen, spec, claim):
                chosen = seen
            else:
                self._delete_leftover(attempt, seen)
        return chosen

    def delete_leftovers(self, attempt: Attempt, claim: Claim) -> None:
        """Delete the caches that killed runs of a resource left.

        Raises:
            EciError: A cache may still exist.
        """
        for seen in self._leftovers(attempt, claim):
            self._delete_leftover(attempt, seen)

    def list_again(self) -> None:
        """List again when next asked: a creation whose reply was lost may have left a cache."""
        with self._lock:
            self._listing = None

    def mark_finished(self, cache_id: str) -> None:
        """Note a cache that state holds, or is about to hold."""
        with self._lock:
            self._known.add(cache_id)
            self._finished.setdefault(cache_id, self._client.clock.now())

    def untag_finished(self, older_than: float) -> None:
        """Remove the tag from caches that were finished at least *older_than* seconds ago.

        Failures are neither reported nor retried: a tag that stays does no harm (see
        `Claim.ids_in_state`, and the mark of a cache that is taken over), and the next update
        removes the tag.
        """
        now = self._client.clock.now()
        with self._lock:
            due = [each for each, when in self._finished.items() if now - when >= older_than]
            for cache_id in due:
                del self._finished[cache_id]
        for start in range(0, len(due), _BATCH):
            batch = due[start : start + _BATCH]
            # The service refuses a whole batch if one of its caches is gone.
            if not self._untag(batch) and len(batch) > 1:
                for cache_id in batch:
                    self._untag([cache_id])

    def _untag(self, cache_ids: list[str]) -> bool:
        try:
            self._client.gateway.untag(cache_ids, [PENDING_TAG])
        except EciError as error:
            return not isinstance(error, ApiError)  # else the service is away for all
        return True

    def _delete_leftover(self, attempt: Attempt, left: Observation) -> None:
        attempt.report_progress(messages.deleting_leftover(left))
        marked = ImageCacheSpec(adoption=left.tags.get(ADOPTED_TAG, ""))
        Attempt(
            self._client, attempt.remaining, attempt.report_progress, left.image_cache_id, marked
        ).delete()

    def _leftovers(self, attempt: Attempt, claim: Claim) -> list[Observation]:
        """Find the caches that killed runs of one resource left; describe each to be sure."""
        if not claim.owner:
            return []
        found = []
        for entry in self._listed(attempt):
            cache_id = entry.image_cache_id
            if cache_id in claim.ids_in_state or cache_id in self._known:
                self.mark_finished(cache_id)
            elif is_claimed(entry, claim):
                seen = attempt.describe(cache_id)
                if seen is not None and is_claimed(seen, claim):
                    found.append(seen)
        return found

    def _listed(self, attempt: Attempt) -> tuple[Observation, ...]:
        """Return the listing.

        The first caller makes it, and the others wait for it, each until its own deadline. Its
        error is shared, unless the error is that caller's own timeout.
        """
        while True:
            with self._lock:
                listing, is_mine = self._listing, self._listing is None
                if listing is None:
                    listing = self._listing = Future()
            if is_mine:
                return self._fulfil(listing, attempt)
            try:
                return listing.result(max(0.0, attempt.remaining))
            except _ListingAbandonedError:
                continue
            except TimeoutError:
                raise EciError(messages.not_listed(attempt.timeout)) from None

    def _fulfil(
        self, listing: Future[tuple[Observation, ...]], attempt: Attempt
    ) -> tuple[Observation, ...]:
        try:
            found = none_if_gone(lambda: self._list(attempt)) or ()
        except Exception as error:
            self.list_again()
            is_abandoned = self._is_abandoned(attempt, error)
            listing.set_exception(_ListingAbandonedError() if is_abandoned else error)
            raise
        listing.set_result(found)
        return found

    def _is_abandoned(self, attempt: Attempt, error: Exception) -> bool:
        """Whether a caller with a later deadline may succeed."""
        retry_until_deadline = isinstance(error, ApiError) and error.retry_until_deadline
        return is_transient(error) and (
            retry_until_deadline or attempt.remaining <= self._client.backoff.longest
        )

    def _list(self, attempt: Attempt) -> tuple[Observation, ...]:
        found: list[Observation] = []
        token = ""
        for _ in range(_MOST_PAGES):
            page = attempt.call(lambda: self._client.gateway.list_page(token, PENDING_TAG))  # noqa: B023
            # A service that ignores the filter shows all caches.
            found.extend(seen for seen in page.caches if PENDING_TAG in seen.tags)
            if not page.next_token or page.next_token == token:
                return tuple(found)
            token = page.next_token
        raise EciError(messages.ENDLESS_LIST)


def is_claimed(seen: Observation, claim: Claim) -> bool:
    """Whether a cache has the pending tag of the resource of the *claim*."""
    return bool(claim.owner) and seen.tags.get(PENDING_TAG, "").startswith(f"{claim.owner}-")


def _is_usable(seen: Observation, spec: ImageCacheSpec, claim: Claim) -> bool:
    """Whether an update can make *spec* of a pending cache: its hidden properties are the same."""
    return seen.status != FAILED and seen.tags.get(PENDING_TAG) == tag_value(claim, spec)
