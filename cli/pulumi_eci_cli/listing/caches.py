"""Read the caches of a region, with their times and last match, and the quota."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from pulumi_eci.api.alicloud import AlibabaCloudGateway
from pulumi_eci.api.errors import EciError, TransportError
from pulumi_eci.api.gateway import observe
from pulumi_eci.model.request import Parameters
from pulumi_eci.model.state import Observation
from pulumi_eci.operations.clock import Clock
from pulumi_eci.operations.retry import retrying

CALL_SECONDS = 60.0

OnRetry = Callable[[EciError], None]
Progress = Callable[[int, int | None], None]
"""Called with the number of listed caches, and the total if the service returns it."""


@dataclass(frozen=True)
class Listed:
    """One cache: the provider's observation, and the times that the service shows."""

    seen: Observation
    created: datetime | None
    expires: datetime | None
    last_matched: datetime | None


@dataclass(frozen=True)
class Quota:
    """The quota of image caches in a region, and their number; None if unknown.

    Automatic caches, which the service creates for pods, are counted separately.
    """

    most: int | None = None
    used: int | None = None
    most_automatic: int | None = None
    used_automatic: int | None = None


class ListingGateway(AlibabaCloudGateway):
    """The provider's gateway, and entries as the service sent them."""

    def page(self, parameters: Parameters) -> Mapping[str, Any]:
        """Call DescribeImageCaches and return the reply by wire names."""
        return self._call("DescribeImageCaches", parameters)

    def usage(self) -> Mapping[str, Any]:
        """Call ListUsage and return the attributes."""
        attributes = self._call("ListUsage", {}).get("Attributes")
        return attributes if isinstance(attributes, Mapping) else {}


def list_caches(
    gateway: ListingGateway,
    clock: Clock,
    on_retry: OnRetry = lambda _: None,
    progress: Progress = lambda _done, _total: None,
    parameters: Parameters | None = None,
) -> list[Listed]:
    """Return every cache of the region, by name, or those that *parameters* ask for.

    *on_retry* is called for each failure that is followed by another try.

    Raises:
        EciError: The service does not let us in, or gives no usable answer within a minute.
    """
    entries = _entries(gateway, clock, on_retry, progress, parameters or {})
    listed = [_read(entry) for entry in entries]
    return sorted(
        listed, key=lambda one: (one.seen.image_cache_name or "", one.seen.image_cache_id)
    )


def read_quota(gateway: ListingGateway, clock: Clock, on_retry: OnRetry = lambda _: None) -> Quota:
    """Return the quota of the region.

    Raises:
        EciError: The service gives no usable answer, for example without permission.
    """
    found = _called(gateway.usage, clock, on_retry)
    return Quota(
        *(
            _number(found.get(f"{what}{kind}ImageCacheCount"))
            for kind in ("", "Auto")
            for what in ("Max", "Used")
        )
    )


def _entries(
    gateway: ListingGateway,
    clock: Clock,
    on_retry: OnRetry,
    progress: Progress,
    parameters: Parameters,
) -> Iterator[Mapping[str, Any]]:
    token, used, count = "", set[str](), 0
    while token not in used:
        used.add(token)  # a repeated token would make an endless list
        place = {**parameters, "NextToken": token} if token else parameters
        page = _called(lambda place=place: gateway.page(place), clock, on_retry)  # type: ignore[misc]
        caches = [one for one in page.get("ImageCaches") or () if isinstance(one, Mapping)]
        yield from caches
        count += len(caches)
        token = page.get("NextToken") or ""
        if not token:
            return
        progress(count, _number(page.get("TotalCount")))


def _called(
    call: Callable[[], Mapping[str, Any]], clock: Clock, on_retry: OnRetry
) -> Mapping[str, Any]:
    def once() -> Mapping[str, Any]:
        try:
            return call()
        except TransportError as error:
            if error.in_doubt:
                raise
            # Nothing listens there. The address is probably wrong.
            raise EciError(str(error)) from None

    return retrying(once, clock, clock.now() + CALL_SECONDS, on_retry)


def _read(entry: Mapping[str, Any]) -> Listed:
    return Listed(
        observe(entry),
        created=_time(entry.get("CreationTime")),
        expires=_time(entry.get("ExpireDateTime")),
        last_matched=_time(entry.get("LastMatchedTime")),
    )


def _number(value: object) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None


def _time(text: object) -> datetime | None:
    """Parse `2021-02-09T02:24:07Z`; None for an absent or invalid time."""
    try:
        return datetime.strptime(str(text), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        return None
