"""The control API, under a prefix that the real API does not use.

Every answer is JSON. An invalid request gets `{"error": ...}` and a status 4xx. `GET` of the prefix
lists all requests.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import Route

from eci_emulator.clock import timestamp
from eci_emulator.switches import Switches, describe

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import TypeGuard

    from starlette.requests import Request
    from starlette.responses import Response

    from eci_emulator.core import Emulator

    Handler = Callable[[Request], Awaitable[Any]]

LARGEST_BODY = 16 * 1024 * 1024
LARGEST_NUMBER = 1e9
LONGEST_ADVANCE = 100 * 366 * 86_400.0

# Settings that can be changed at run time: JSON types, and the smallest value.
CHANGEABLE: dict[str, tuple[tuple[type[float], ...], int]] = {
    "build_seconds": ((int, float), 0),
    "delete_seconds": ((int, float), 0),
    "quota": ((int,), 0),
    "default_limit": ((int,), 1),
    "max_limit": ((int,), 1),
    "verify_signatures": ((bool,), 0),
}


def control_app(emulator: Emulator) -> Starlette:
    """Return the control API as an ASGI application, to be mounted under the prefix."""
    control = Control(emulator)
    table: list[tuple[str, str, Handler]] = [
        ("GET", "/", control.index),
        ("GET", "/health", control.health),
        ("POST", "/reset", control.reset),
        ("GET", "/switches", control.switches),
        ("PUT", "/switches", control.put_switches),
        ("PATCH", "/switches", control.patch_switches),
        ("GET", "/faults", control.faults),
        ("POST", "/faults", control.add_fault),
        ("DELETE", "/faults", control.clear_faults),
        ("DELETE", "/faults/{id}", control.clear_faults),
        ("GET", "/settings", control.settings),
        ("PUT", "/settings", control.put_settings),
        ("PATCH", "/settings", control.put_settings),
        ("PUT", "/failing-images", control.put_failing_images),
        ("PUT", "/image-sizes", control.put_image_sizes),
        ("GET", "/journal", control.journal),
        ("DELETE", "/journal", control.clear_journal),
        ("GET", "/state", control.state),
        ("POST", "/clock", control.advance_clock),
        ("POST", "/seed", control.seed),
        ("PATCH", "/caches/{id}", control.edit_cache),
        ("DELETE", "/caches/{id}", control.remove_cache),
    ]
    control.requests = [
        {"method": method, "path": path, "does": handler.__doc__ or ""}
        for method, path, handler in table
    ]
    routes = [
        Route(path, _by_method(handlers), methods=list(handlers))
        for path, handlers in _by_path(table).items()
    ]
    return Starlette(routes=routes, exception_handlers={HTTPException: _no_route})


class Control:
    """The requests of the control API. Each method serves one route and returns a JSON value."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self.requests: list[dict[str, str]] = []

    async def index(self, _request: Request) -> object:
        """List the requests of the control API."""
        return self.requests

    async def health(self, _request: Request) -> object:
        """Return a status; answers as soon as the API is ready."""
        return {"status": "ok"}

    async def reset(self, _request: Request) -> object:
        """Reset all state except the clock."""
        self._emulator.reset()
        return {}

    async def switches(self, _request: Request) -> object:
        """List the switches with their values and meanings."""
        return describe(self._emulator.settings.switches)

    async def put_switches(self, request: Request) -> object:
        """Set the given switches, and all others to their defaults."""
        return self._set_switches(Switches(), await _object(request))

    async def patch_switches(self, request: Request) -> object:
        """Set the given switches."""
        return self._set_switches(self._emulator.settings.switches, await _object(request))

    def _set_switches(self, base: Switches, values: dict[str, Any]) -> object:
        self._emulator.configure(switches=base.with_values(values))
        return describe(self._emulator.settings.switches)

    async def faults(self, _request: Request) -> object:
        """List the active faults."""
        return self._emulator.faults.listing()

    async def add_fault(self, request: Request) -> object:
        """Add a fault."""
        return {"id": self._emulator.faults.add(await _object(request))}

    async def clear_faults(self, request: Request) -> object:
        """Remove one fault, or all faults."""
        return {"removed": self._emulator.faults.clear(request.path_params.get("id"))}

    async def settings(self, _request: Request) -> object:
        """Show the settings that can change while the emulator runs."""
        settings = self._emulator.settings
        return {
            **{name: getattr(settings, name) for name in CHANGEABLE},
            "failing_images": settings.failing_images,
            "pull_errors": settings.pull_errors,
            "image_sizes": settings.image_sizes,
        }

    async def put_settings(self, request: Request) -> object:
        """Change some settings."""
        changes = await _object(request)
        for name, value in changes.items():
            if name not in CHANGEABLE:
                raise ValueError(f"unknown setting {name!r}; known: {', '.join(CHANGEABLE)}")
            kinds, least = CHANGEABLE[name]
            if not isinstance(value, kinds) or isinstance(value, bool) != (kinds == (bool,)):
                raise ValueError(f"setting {name!r} cannot be {value!r}")
            if not least <= value <= LARGEST_NUMBER:
                raise ValueError(f"setting {name!r} is out of range")
        self._emulator.configure(**changes)
        return await self.settings(request)

    async def put_failing_images(self, request: Request) -> object:
        """Set the patterns of images whose pull fails, or reasons by pattern, for later builds."""
        patterns = await _json(request)
        wrong = not isinstance(patterns, list | dict)
        if wrong or not all(isinstance(each, str) for each in patterns):
            raise ValueError("expected a list of patterns, or of reasons by pattern")
        reasons = patterns if isinstance(patterns, dict) else {}
        if not all(isinstance(each, str) for each in reasons.values()):
            raise ValueError("expected reasons by pattern")
        self._emulator.configure(failing_images=tuple(patterns), pull_errors=reasons)
        return patterns

    async def put_image_sizes(self, request: Request) -> object:
        """Set image sizes in GiB by pattern, for builds that start from now on."""
        sizes = await _object(request)
        if not all(_is_number(size, LARGEST_NUMBER) for size in sizes.values()):
            raise ValueError("expected sizes in GiB by pattern")
        self._emulator.configure(image_sizes=sizes)
        return sizes

    async def journal(self, _request: Request) -> object:
        """List the latest requests, oldest first."""
        return self._emulator.journal.entries()

    async def clear_journal(self, _request: Request) -> object:
        """Remove the requests from the journal."""
        self._emulator.journal.clear()
        return {}

    async def state(self, _request: Request) -> object:
        """Show all caches in full."""
        return {
            "now": timestamp(self._emulator.clock.now()),
            "caches": self._emulator.caches(),
        }

    async def advance_clock(self, request: Request) -> object:
        """Advance the clock."""
        seconds = (await _object(request)).get("advance_seconds")
        if not _is_number(seconds, LONGEST_ADVANCE):
            raise ValueError(f"expected advance_seconds, a number from 0 to {LONGEST_ADVANCE:.0f}")
        self._emulator.advance(seconds)
        return {"now": timestamp(self._emulator.clock.now())}

    async def seed(self, request: Request) -> object:
        """Add one cache or a list of caches."""
        given = await _json(request)
        caches = given if isinstance(given, list) else [given]
        if not all(isinstance(each, dict) for each in caches):
            raise ValueError("expected a cache or a list of caches")
        return {"ids": self._emulator.seed(*caches)}

    async def edit_cache(self, request: Request) -> object:
        """Change fields of a cache."""
        return self._emulator.edit(request.path_params["id"], await _object(request))

    async def remove_cache(self, request: Request) -> object:
        """Remove a cache."""
        self._emulator.remove(request.path_params["id"])
        return {}


def _by_path(table: list[tuple[str, str, Handler]]) -> dict[str, dict[str, Handler]]:
    paths: dict[str, dict[str, Handler]] = {}
    for method, path, handler in table:
        paths.setdefault(path, {})[method] = handler
    return paths


def _by_method(handlers: dict[str, Handler]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        if _is_foreign(request):
            return _error(403, "web pages of other origins must not use this API")
        handler = handlers.get(request.method) or handlers["GET"]  # HEAD is a GET
        try:
            return JSONResponse(await handler(request))
        except ValueError as error:
            return _error(400, str(error))
        except KeyError as error:
            return _error(404, f"no image cache {error}")

    return endpoint


def _is_foreign(request: Request) -> bool:
    """Return whether a web page of another origin sends the request."""
    origin = request.headers.get("origin")
    return origin is not None and origin.partition("://")[2] != request.headers.get("host")


async def _no_route(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    message = f"{error.detail}: GET /_emulator/ lists all requests"
    return JSONResponse({"error": message}, error.status_code, error.headers)


def _error(status: int, message: str) -> Response:
    return JSONResponse({"error": message}, status)


async def _json(request: Request) -> Any:  # noqa: ANN401 - JSON
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise ValueError("the body is too long")
    return parse_json(body)


def parse_json(text: bytes) -> Any:  # noqa: ANN401 - JSON
    """Parse strict JSON.

    Raises:
        ValueError: *text* is not JSON, or has values that only Python's parser accepts, such as
            infinite numbers and lone surrogates.
    """
    try:
        value = json.loads(text)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from None
    return value


def _is_number(value: object, most: float) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= most


async def _object(request: Request) -> dict[str, Any]:
    value = await _json(request)
    if not isinstance(value, dict):
        raise ValueError("expected a JSON object")  # noqa: TRY004 - one error type for input
    return value
