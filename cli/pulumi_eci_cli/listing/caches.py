"""The caches of a region, with what the provider does not keep: times, expiry and last match."""

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


@dataclass(frozen=True)
class Listed:
    """One cache: what the provider sees of it too, and the times that the service shows."""

    seen: Observation
    created: datetime | None
    expires: datetime | None
    last_matched: datetime | None


class ListingGateway(AlibabaCloudGateway):
    """The provider's gateway, and entries as the service sent them."""

    def page(self, parameters: Parameters) -> Mapping[str, Any]:
        """Call DescribeImageCaches and return the reply by wire names."""
        return self._call("DescribeImageCaches", parameters)


def list_caches(
    gateway: ListingGateway, clock: Clock, stumbled: Callable[[EciError], None] = lambda _: None
) -> list[Listed]:
    """Return every cache of the region, by name.

    *stumbled* is told of each failure that is followed by another try.

    Raises:
        EciError: The service does not let us in, or gives no usable answer within a minute.
    """
    listed = [_read(entry) for entry in _entries(gateway, clock, stumbled)]
    return sorted(
        listed, key=lambda one: (one.seen.image_cache_name or "", one.seen.image_cache_id)
    )


def _entries(
    gateway: ListingGateway, clock: Clock, stumbled: Callable[[EciError], None]
) -> Iterator[Mapping[str, Any]]:
    token, used = "", set[str]()
    while token not in used:
        used.add(token)  # a token that comes again would be a list without end
        page = _page(gateway, clock, {"NextToken": token} if token else {}, stumbled)
        caches = page.get("ImageCaches")
        yield from (one for one in caches or () if isinstance(one, Mapping))
        token = page.get("NextToken") or ""
        if not token:
            return


def _page(
    gateway: ListingGateway,
    clock: Clock,
    parameters: Parameters,
    stumbled: Callable[[EciError], None],
) -> Mapping[str, Any]:
    def once() -> Mapping[str, Any]:
        try:
            return gateway.page(parameters)
        except TransportError as error:
            if error.in_doubt:
                raise
            # Nobody listens there. The person who waits may have meant another place.
            raise EciError(str(error)) from None

    return retrying(once, clock, clock.now() + CALL_SECONDS, stumbled)


def _read(entry: Mapping[str, Any]) -> Listed:
    return Listed(
        observe(entry),
        created=_time(entry.get("CreationTime")),
        expires=_time(entry.get("ExpireDateTime")),
        last_matched=_time(entry.get("LastMatchedTime")),
    )


def _time(text: object) -> datetime | None:
    """Read `2021-02-09T02:24:07Z`; None where there is no such time."""
    try:
        return datetime.strptime(str(text), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        return None
