"""One `Lifecycle` for each connection, shared by all resources of the process that use it.

A `Connection` (`api.connection`) is a value: endpoint, region and credentials. A `Client`
(`operations.attempt`) is what calls on one connection share: gateway, waiter, pauses and limits. A
`Lifecycle` has the operations of one client. `Connections` finds the connection of a resource, and
makes client and lifecycle when a call first needs them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from pulumi_eci.api.alicloud import AlibabaCloudGateway
from pulumi_eci.api.connection import (
    SOME_REGION,
    Connection,
    connect,
    connect_registry,
    find_endpoint,
    find_region,
    foreign_region,
    parse_endpoint,
)
from pulumi_eci.api.credentials import find_roles, find_source, find_sts_endpoint
from pulumi_eci.api.errors import ConfigurationError
from pulumi_eci.api.gateway import Gateway
from pulumi_eci.api.settings import Configuration, Settings
from pulumi_eci.model.spec import ConnectionSpec, ImageCacheSpec
from pulumi_eci.operations.attempt import Client
from pulumi_eci.operations.backoff import Backoff
from pulumi_eci.operations.budget import CREATES_PER_MINUTE, Budget
from pulumi_eci.operations.clock import Clock
from pulumi_eci.operations.lifecycle import Lifecycle
from pulumi_eci.operations.waiter import PollInterval, Waiter

POLL_VARIABLE = "ECI_POLL_SECONDS"
POLL_SETTING = "eci:pollSeconds"
CREATES_VARIABLE = "ECI_CREATES_PER_MINUTE"
CREATES_SETTING = "eci:createsPerMinute"
NAMESPACE_SETTING = "eci:namespace"
TRACKING_SETTING = "eci:trackDigests"
LONGEST_PAUSE_IN_INTERVALS = 3
"""The longest pause after a failure, as a multiple of the longest poll interval."""


class Connections:
    """The connections that the resources of a process use, and the settings of the stack.

    Args:
        configuration: Looks up the stack's configuration.
        environ: The environment.
        clock: The time.
        gateway: Makes the gateway of a connection.
    """

    def __init__(
        self,
        configuration: Configuration,
        environ: Mapping[str, str],
        clock: Clock,
        gateway: Callable[[Connection], Gateway] = AlibabaCloudGateway,
    ) -> None:
        self._configuration = configuration
        self._environ = environ
        self._clock = clock
        self._gateway = gateway
        self._budget: Budget | None = None
        self._connections: dict[tuple[str, ConnectionSpec], Connection] = {}
        self._lifecycles: dict[Connection, Lifecycle] = {}
        self._warned: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    @property
    def clock(self) -> Clock:
        """The time."""
        return self._clock

    @property
    def region(self) -> str | None:
        """The region of resources that name none."""
        return find_region(self._configuration, self._environ)

    @property
    def namespace(self) -> str:
        """The text that tells stacks of the same project and name apart, on several backends."""
        return self._configuration(NAMESPACE_SETTING) or ""

    @property
    def tracks_digests(self) -> bool:
        """Whether caches follow the tags of their images by default.

        Raises:
            ConfigurationError: The setting is neither true nor false.
        """
        setting = self._configuration(TRACKING_SETTING) or "false"
        if setting not in ("true", "false"):
            raise ConfigurationError(f"{TRACKING_SETTING} must be true or false")
        return setting == "true"

    def registry_connection(self, spec: ImageCacheSpec, region: str) -> Connection:
        """Resolve the connection to Container Registry's API for the account of *spec*.

        Raises:
            ConfigurationError: If the connection cannot be made out.
        """
        settings = self._configuration, self._environ
        own = connect(*settings, spec.region, spec.connection)
        return connect_registry(*settings, own, region or spec.region)

    def lifecycle(self, spec: ImageCacheSpec) -> Lifecycle:
        """Find or make the lifecycle for the region and connection of *spec*.

        Raises:
            ConfigurationError: If the connection cannot be made out.
        """
        place = spec.region, spec.connection
        with self._lock:
            if place not in self._connections:
                self._connections[place] = connect(self._configuration, self._environ, *place)
            connection = self._connections[place]
            if connection not in self._lifecycles:
                self._lifecycles[connection] = Lifecycle(self._make_client(connection))
            return self._lifecycles[connection]

    def problems(self, spec: ImageCacheSpec) -> list[str]:
        """Return what is wrong with the settings of the stack and of *spec*, for check().

        This makes no call and reads no credentials, because a preview needs none.
        """
        configured = self._configuration, self._environ
        settings, own = Settings(*configured), spec.connection
        checks: list[Callable[[], object]] = [
            lambda: read_poll_interval(*configured),
            lambda: read_creates(*configured),
            lambda: self.tracks_digests,
        ]
        if "connection" not in spec.unknown:
            checks = [
                lambda: own.endpoint or self._parsed(spec),
                lambda: find_source(settings, own),
                lambda: find_roles(settings, own),
                lambda: find_sts_endpoint(settings),
                *checks,
            ]
        return [problem for check in checks if (problem := _problem(check))]

    def warning(self, spec: ImageCacheSpec) -> str:
        """Return a warning if the endpoint of *spec* belongs to another region, once; else ""."""
        try:
            _, host = self._parsed(spec)
        except ConfigurationError:  # see problems
            return ""
        foreign = foreign_region(host, spec.region) if spec.region else ""
        if not foreign or (host, spec.region) in self._warned or "connection" in spec.unknown:
            return ""
        self._warned.add((host, spec.region))
        return (
            f"the endpoint {host} belongs to the region {foreign}, but the cache is in "
            f"{spec.region}: write eci.{{region}}.aliyuncs.com in eci:endpoint (or ECI_ENDPOINT, "
            "or connection.endpoint), or leave the endpoint out"
        )

    def _parsed(self, spec: ImageCacheSpec) -> tuple[str, str]:
        endpoint = spec.connection.endpoint or find_endpoint(self._configuration, self._environ)
        return parse_endpoint(endpoint or "localhost", spec.region or SOME_REGION)

    def untag_finished(self, older_than: float = 0.0) -> None:
        """See `Lifecycle.untag_finished`."""
        with self._lock:
            lifecycles = list(self._lifecycles.values())
        for lifecycle in lifecycles:
            lifecycle.untag_finished(older_than)

    def _make_client(self, connection: Connection) -> Client:
        gateway = self._gateway(connection)
        interval = read_poll_interval(self._configuration, self._environ)
        backoff = Backoff(interval.first, LONGEST_PAUSE_IN_INTERVALS * interval.longest)
        waiter = Waiter(gateway, self._clock, interval, backoff)
        if self._budget is None:
            self._budget = Budget(read_creates(self._configuration, self._environ))
        return Client(gateway, waiter, self._clock, backoff, self._budget)


def _problem(check: Callable[[], object]) -> str:
    try:
        check()
    except ConfigurationError as error:
        return str(error)
    return ""


def read_poll_interval(configuration: Configuration, environ: Mapping[str, str]) -> PollInterval:
    """Read how often the provider looks at a waiting cache.

    Raises:
        ConfigurationError: The setting is not a number of seconds from 0.05 to 300.
    """
    text = environ.get(POLL_VARIABLE) or configuration(POLL_SETTING)
    if not text:
        return PollInterval()
    try:
        longest = float(text)
    except ValueError:
        longest = 0.0
    if not 0.05 <= longest <= 300:  # noqa: PLR2004 - seconds; a typing error, not a wish
        raise ConfigurationError(
            f"{POLL_SETTING} (or {POLL_VARIABLE}) must be a number of seconds from 0.05 to 300"
        )
    return PollInterval(first=min(PollInterval.first, longest), longest=longest)


def read_creates(configuration: Configuration, environ: Mapping[str, str]) -> int:
    """Read how many caches may be created a minute.

    Raises:
        ConfigurationError: The setting is not a whole number from 1 to 6000.
    """
    text = environ.get(CREATES_VARIABLE) or configuration(CREATES_SETTING)
    if not text:
        return CREATES_PER_MINUTE
    count = int(text) if text.isascii() and text.isdecimal() and len(text) <= len("6000") else 0
    if not 1 <= count <= 6000:  # noqa: PLR2004 - a hundred a second; a typing error, not a wish
        raise ConfigurationError(
            f"{CREATES_SETTING} (or {CREATES_VARIABLE}) must be a whole number from 1 to 6000"
        )
    return count
