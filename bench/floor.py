"""The minimum cost of a dynamic provider: a resource that does nothing, and the programs to
compare.
"""

from __future__ import annotations

from typing import Any

from pulumi.dynamic import (
    CreateResult,
    DiffResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

# Both programs have the same inputs; the floor also sets the region and name, which the provider
# fills in for caches.
_ARGS = """images=["nginx:1.27", "redis:7"], vswitch_id="vsw-1", security_group_id="sg-1",
    elimination_strategy="LRU", retention_days=7, tags={"team": "web", "stage": "bench"}"""
OURS = f"""
import pulumi_eci as eci
for number in range(COUNT):
    eci.ImageCache(f"cache-{{number}}", {_ARGS})
"""
FLOOR = f"""
from bench.floor import Nothing
for number in range(COUNT):
    name = f"cache-{{number}}"
    Nothing(name, region="cn-hangzhou", image_cache_name=name, {_ARGS})
"""


class NothingProvider(ResourceProvider):
    """Creates nothing, and compares all properties."""

    serialize_as_secret_always = False

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Echo the inputs."""
        return CreateResult("nothing", dict(props))

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Compare inputs with outputs."""
        return DiffResult(changes=_olds != _news)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Echo the inputs."""
        return UpdateResult(dict(_news))


class Nothing(Resource, module="bench", name="Nothing"):
    """A resource with any properties."""

    def __init__(self, name: str, **props: Any) -> None:  # noqa: ANN401 - any property
        super().__init__(NothingProvider(), name, props)
