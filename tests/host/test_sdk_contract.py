"""The internals of the installed SDK that `pulumi_eci.dynamic.host` uses, and the behaviour without
them.

If a test of the first half fails after an upgrade of `pulumi`, adapt the recipe in `host`.
"""

from __future__ import annotations

import ast
import importlib.util
import sys
import threading
import weakref
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pulumi.dynamic.dynamic
import pytest
from pulumi.output import Unknown
from pulumi.runtime import rpc

from pulumi_eci.api.errors import EciError, IncompleteError
from pulumi_eci.core import Call
from pulumi_eci.dynamic import host
from pulumi_eci.engine import PROVIDER_KEY, WORKERS
from pulumi_eci.engine import log as engine_log
from pulumi_eci.model.spec import UNKNOWN
from tests.host.conftest import forget_engine
from tests.support.fake_engine import FakeEngine
from tests.support.provider_process import as_struct

METHODS = ("Check", "Diff", "Create", "Read", "Update", "Delete")
SECRET = "hunter2-unique"


@pytest.fixture(scope="module")
def host_source() -> ast.Module:
    """The SDK's host; importing it would start it."""
    spec = importlib.util.find_spec("pulumi.dynamic")
    assert spec is not None
    assert spec.origin is not None
    return ast.parse(Path(spec.origin).with_name("__main__.py").read_text())


# -- internals that the host uses


def test_the_sentinel_of_unknown_values_is_the_sdk_s() -> None:
    assert UNKNOWN == rpc.UNKNOWN


def test_unknown_values_reach_check_and_diff_as_unknown_of_the_sdk() -> None:
    decoded = rpc.deserialize_properties(as_struct({"a": [{"b": UNKNOWN}]}), keep_unknowns=True)
    assert isinstance(decoded["a"][0]["b"], Unknown)
    assert host.replace_unknowns(decoded)["a"] == [{"b": UNKNOWN}]


def test_the_key_of_the_provider_in_state_is_the_sdk_s() -> None:
    assert PROVIDER_KEY == pulumi.dynamic.dynamic.PROVIDER_KEY


@pytest.mark.parametrize("method", METHODS)
def test_the_locals_of_the_host_are_called_request_and_context(
    host_source: ast.Module, method: str
) -> None:
    function = _function(host_source, method)
    assert [argument.arg for argument in function.args.args] == ["self", "request", "context"]


@pytest.mark.parametrize("method", METHODS)
def test_the_host_ends_failed_calls_with_abort_and_traceback(
    host_source: ast.Module, method: str
) -> None:
    decorators = [ast.unparse(each) for each in _function(host_source, method).decorator_list]
    assert decorators == ["_abort_with_traceback"]
    wrapper = ast.unparse(_function(host_source, "_abort_with_traceback"))
    assert "def wrapper(self, request, context):" in wrapper
    assert "context.abort(grpc.StatusCode.UNKNOWN, traceback.format_exc())" in wrapper


def test_the_host_runs_a_thread_pool(host_source: ast.Module) -> None:
    calls = [node for node in ast.walk(host_source) if isinstance(node, ast.Call)]
    (pool,) = [call for call in calls if ast.unparse(call.func).endswith("ThreadPoolExecutor")]
    (count,) = [keyword.value for keyword in pool.keywords if keyword.arg == "max_workers"]
    assert isinstance(count, ast.Constant)
    assert isinstance(count.value, int)
    assert count.value < WORKERS


def test_a_worker_thread_has_a_weak_reference_to_its_executor() -> None:
    with ThreadPoolExecutor(max_workers=1) as pool:
        first = pool.submit(lambda: threading.current_thread()._args[0]).result()  # type: ignore[attr-defined]
        assert isinstance(first, weakref.ref)
        assert first() is pool
        assert pool._max_workers == 1


def _function(module: ast.Module, name: str) -> ast.FunctionDef:
    (function,) = [
        node for node in ast.walk(module) if isinstance(node, ast.FunctionDef) and node.name == name
    ]
    return function


# -- workers


def test_workers_are_never_lowered(no_log: None) -> None:
    del no_log
    with ThreadPoolExecutor(max_workers=200) as pool:
        assert pool.submit(host.raise_workers, 10).result()
        assert pool._max_workers == 200


def test_outside_a_pool_the_number_stays_and_one_warning_is_logged(log: FakeEngine) -> None:
    assert not host.raise_workers()
    assert not host.raise_workers()
    (line,) = log.lines
    assert line.severity == "WARNING"
    assert not line.ephemeral
    assert "four" in line.text


# -- the call


class _Message:
    urn = "urn:pulumi:dev::shop::pulumi-python:dynamic/eci:ImageCache::web"
    timeout = 1.5


def test_the_call_is_found_at_any_depth_of_the_stack(no_log: None) -> None:
    del no_log

    def deeper(depth: int) -> Call:
        return deeper(depth - 1) if depth else host.current_call()

    def serve(request: _Message, context: object) -> Call:
        assert request is not context
        return deeper(20)

    call = serve(_Message(), "not a context")
    assert (call.urn, call.name, call.timeout) == (_Message.urn, "web", 1.5)
    assert not call.can_keep


def test_a_request_that_is_not_a_call_is_ignored(log: FakeEngine) -> None:
    request = object()
    assert host.current_call() == Call()
    assert request
    assert len(log.lines) == 1


def test_without_a_request_the_call_is_empty_and_one_warning_is_logged(log: FakeEngine) -> None:
    assert host.current_call() == Call()
    assert host.current_call() == Call()
    (line,) = log.lines
    assert line.severity == "WARNING"
    assert not line.ephemeral
    assert "custom_timeouts" in line.text


# -- progress


def test_a_message_that_cannot_be_shown_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    for arguments in (["x"], ["x", "no-address"], ["x", "127.0.0.1:1"]):
        monkeypatch.setattr(sys, "argv", arguments)
        forget_engine()
        engine_log.log("urn", "hello")
    forget_engine()


def test_a_message_is_one_printable_line(log: FakeEngine) -> None:
    engine_log.log("urn:pulumi:dev::shop::type::web", "one\ntwo\x1b[31m")
    assert [line.text for line in log.lines] == ["one two [31m [web]"]


# -- failures


class _Failing:
    @host.reported
    def fail(self, error: Exception, props: Mapping[str, Any]) -> None:
        assert props
        raise error


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (EciError("no such thing"), "no such thing"),
        (IncompleteError("imc-1", {"status": "Failed"}, "the build failed"), "the build failed"),
    ],
)
def test_a_failure_without_a_request_keeps_its_message(
    no_log: None, error: Exception, message: str
) -> None:
    del no_log
    with pytest.raises(RuntimeError) as caught:
        _Failing().fail(error, {PROVIDER_KEY: "pickled"})
    assert str(caught.value) == message
    assert caught.value.__suppress_context__


def test_an_unforeseen_exception_is_reported_without_its_text(no_log: None) -> None:
    del no_log
    with pytest.raises(RuntimeError) as caught:
        _Failing().fail(ValueError(SECRET), {SECRET: SECRET})
    assert str(caught.value).startswith("internal error of pulumi-eci: ValueError at ")
    assert "test_sdk_contract.py:" in str(caught.value)
    assert SECRET not in str(caught.value)
    assert caught.value.__suppress_context__
