"""A fleet for programs in other languages: requests and failures through Pulumi's SDK."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest
from pulumi.runtime.proto import provider_pb2

from pulumi_eci.program import remote


def fail_with(error: Exception, patch: pytest.MonkeyPatch) -> None:
    async def construct(_: Any) -> None:  # noqa: ANN401 - protobuf is untyped
        raise error

    patch.setattr(remote, "_construct", construct)


def test_a_refusal_of_the_engine_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    fail_with(Exception("transform failed:\nno team"), monkeypatch)
    with pytest.raises(pulumi.RunError, match=r"^transform failed: no team$"):
        remote.construct(None)


def test_an_unexpected_exception_is_raised_unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    fail_with(KeyError("a secret"), monkeypatch)
    with pytest.raises(KeyError):
        remote.construct(None)


def test_every_timeout_reaches_the_caches() -> None:
    given = {name: f"{number}m" for number, name in enumerate(vars(pulumi.CustomTimeouts()), 1)}
    timeouts = provider_pb2.ConstructRequest.CustomTimeouts(**given)
    request = provider_pb2.ConstructRequest(customTimeouts=timeouts)
    options = remote._Constructor._construct_options(request)
    assert vars(options.custom_timeouts) == given
    none = remote._Constructor._construct_options(provider_pb2.ConstructRequest())
    assert set(vars(none.custom_timeouts).values()) == {None}


@pytest.mark.parametrize("patterns", [[], "deploy/*.yaml", [1]])
def test_manifests_must_be_a_list_of_patterns(patterns: object) -> None:
    with pytest.raises(pulumi.RunError, match="`manifests` must be a list of plain strings"):
        remote._arguments({"manifests": patterns})
