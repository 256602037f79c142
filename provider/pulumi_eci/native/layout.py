"""`eci:index:FleetLayout`: the layout of a fleet, with the same state as the dynamic `FleetLayout`.

Each function handles the call of the engine's protocol with the same name.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2

from pulumi_eci.api.errors import EciError
from pulumi_eci.core.layout import WHAT_IT_IS, arrange
from pulumi_eci.engine import DYNAMIC_LAYOUT, PROVIDER_KEY
from pulumi_eci.engine.log import log
from pulumi_eci.native.codec import Bag, decode, encode
from pulumi_eci.native.detail import diff_response, leaves

# ruff: noqa: ANN401, N802 - the protocol's own names, and protobuf is untyped


def Check(request: Any) -> Any:
    """Return the last update's layout, changed as little as the program's images require."""
    news = decode(request.news)
    shards, problems = arrange(decode(request.olds).values, news.values.get("shards", []))
    return provider_pb2.CheckResponse(
        inputs=encode({"shards": shards}, news.secrets),
        failures=[provider_pb2.CheckFailure(reason=problem) for problem in problems],
    )


def Diff(request: Any) -> Any:
    """Compare the layouts, and explain on the row what the resource is."""
    old, new = (decode(each).values.get("shards") for each in (request.olds, request.news))
    changes = {
        path: provider_pb2.PropertyDiff(kind=kind, inputDiff=True)
        for path, kind in leaves("shards", old, new)
    }
    if changes:
        log(request.urn, WHAT_IT_IS)
    return diff_response(changes)


def Create(request: Any) -> Any:
    """Store the layout."""
    outputs = _outputs(decode(request.properties))
    return provider_pb2.CreateResponse(id="" if request.preview else "layout", properties=outputs)


def Read(request: Any) -> Any:
    """Return the state as it is."""
    if not request.HasField("inputs"):
        raise EciError("a layout cannot be imported: a fleet makes its own")
    return provider_pb2.ReadResponse(
        id=request.id, properties=request.properties, inputs=request.inputs
    )


def Update(request: Any) -> Any:
    """Store the new layout."""
    return provider_pb2.UpdateResponse(properties=_outputs(decode(request.news)))


def Delete(request: Any) -> Any:
    """Delete the resource, which exists only in state."""
    del request
    return empty_pb2.Empty()


def _outputs(news: Bag) -> Any:
    return encode({**news.values, PROVIDER_KEY: DYNAMIC_LAYOUT}, news.secrets)
