"""`pulumi-resource-eci ENGINE_ADDRESS`: the plugin's process, as the engine starts it.

It serves on a port of loopback, prints that port in its first line, and ends when it is interrupted
or the engine is gone. It is above all others, since `Construct` runs the component of `program`.
"""

from __future__ import annotations

import asyncio
import contextvars
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pulumi
from pulumi.provider import ConstructResult, Provider
from pulumi.provider.server import ProviderServicer as SdkServicer
from pulumi.runtime.proto import provider_pb2_grpc

from pulumi_eci.engine import WORKERS
from pulumi_eci.engine.failures import internal_error
from pulumi_eci.engine.watchdog import at_work, engine_address, follow_engine
from pulumi_eci.native.servicer import ProviderServicer, version
from pulumi_eci.program.fleet import TYPE
from pulumi_eci.program.remote import RemoteFleet, in_camel_case

_USAGE = """\
pulumi-resource-eci {version}: Alibaba Cloud ECI image caches, as a Pulumi plugin.

Pulumi starts it. For a project, name its folder in Pulumi.yaml:

  plugins:
    providers:
      - name: eci
        path: {folder}
"""
_OPTIONS = (
    ("grpc.max_receive_message_length", 400 * 1024 * 1024),  # as Pulumi's SDKs have it
    ("grpc.max_send_message_length", 400 * 1024 * 1024),
)
_FLEETS = 32  # at a time; each waits for calls of its caches, which need workers themselves
_LONGEST = 4000  # characters of a message, which travels in a header


class Plugin(ProviderServicer):
    """The provider, and the fleet, whose children it serves itself."""

    # ruff: noqa: ANN401, N802 - the protocol's own names, and protobuf is untyped

    def Construct(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Run the component; Pulumi's SDK keeps what it knows of a run in the context."""
        try:
            with at_work():
                return contextvars.Context().run(asyncio.run, _construct(request))
        except pulumi.RunError as error:
            message = in_camel_case(str(error)).removeprefix("ImageCacheFleet: ")
        except Exception as error:  # noqa: BLE001 - gRPC would print the traceback
            message = internal_error(error)
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, message[:_LONGEST])
        raise AssertionError("abort() raises")

    Construct.experimental_thread_pool = ThreadPoolExecutor(_FLEETS)  # type: ignore[attr-defined]


async def _construct(request: Any) -> Any:
    loop = asyncio.get_running_loop()
    # A failure is in the answer; the same in outputs that nobody waits for is no news.
    loop.set_exception_handler(lambda *_: None)
    # Each child that is registered holds a thread: as many as in a program in Python.
    loop.set_default_executor(ThreadPoolExecutor(4 * max(request.parallel, 1)))
    engine = ":".join(engine_address() or ())
    return await _Constructor(_Fleets(version()), [], engine)._construct(request, None)  # noqa: SLF001 - see there


class _Fleets(Provider):
    """The components of the plugin, as Pulumi's SDK wants them."""

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: pulumi.Inputs,
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        """Make a fleet."""
        if resource_type != TYPE:
            raise pulumi.RunError(f"the provider has no component {resource_type}")
        fleet = RemoteFleet(name, inputs, options or pulumi.ResourceOptions())
        return ConstructResult(fleet.urn, fleet.state())


class _Constructor(SdkServicer):
    """Pulumi's SDK between a request and `construct`, with the options that it forgets."""

    @staticmethod
    def _construct_options(request: Any) -> pulumi.ResourceOptions:
        options = SdkServicer._construct_options(request)  # noqa: SLF001 - no other way
        given = request.customTimeouts
        timeouts = {name: getattr(given, name) or None for name in ("create", "update", "delete")}
        options.custom_timeouts = pulumi.CustomTimeouts(**timeouts)
        if request.HasField("deleteBeforeReplace"):
            options.delete_before_replace = request.deleteBeforeReplace
        options.additional_secret_outputs = list(request.additionalSecretOutputs)
        return options


def main() -> None:
    """Run the plugin, or say what it is for."""
    if len(sys.argv) > 1 and sys.argv[1] in ("-h", "--help", "--version"):
        folder = sys.argv[0].rpartition("/")[0] or "."
        sys.stdout.write(_USAGE.format(version=version(), folder=folder))
        return
    # Whoever started the engine in the background had it, and so this process, ignore SIGINT.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    servicer = Plugin()
    server = grpc.server(ThreadPoolExecutor(max_workers=WORKERS), options=_OPTIONS)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    follow_engine(servicer.untag_finished)
    try:
        server.wait_for_termination()
    except KeyboardInterrupt:
        server.stop(grace=0)


if __name__ == "__main__":
    main()
