"""`pulumi-resource-eci ENGINE_ADDRESS`: the process of the plugin. The engine starts the process.

The process serves on a loopback port, prints the port in its first line, and ends when it is
interrupted or the engine has ended. This module imports `program`, because `Construct` declares an
`ImageCacheFleet`.
"""

from __future__ import annotations

import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pulumi
from pulumi.runtime.proto import provider_pb2_grpc

from pulumi_eci.engine import WORKERS
from pulumi_eci.engine.failures import internal_error
from pulumi_eci.engine.watchdog import follow_engine, serving_call
from pulumi_eci.native.servicer import ProviderServicer, version
from pulumi_eci.program.remote import construct

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
_FLEETS = 32  # at a time. A fleet waits for the calls of its caches, which need other workers.
_LONGEST = 4000  # characters of a message, which gRPC sends in a header


class Plugin(ProviderServicer):
    """The provider of image caches, and of the fleet."""

    # ruff: noqa: ANN401, N802 - the protocol's own names, and protobuf is untyped

    def Construct(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Construct a fleet. Invalid arguments end the call with one message."""
        try:
            with serving_call():
                return construct(request)
        except pulumi.RunError as error:
            message = str(error)
        except Exception as error:  # noqa: BLE001 - gRPC would print the traceback
            message = internal_error(error)
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, message[:_LONGEST])
        raise AssertionError("abort() raises")

    Construct.experimental_thread_pool = ThreadPoolExecutor(_FLEETS)  # type: ignore[attr-defined]


def main() -> None:
    """Run the plugin, or print its usage."""
    if len(sys.argv) > 1 and sys.argv[1] in ("-h", "--help", "--version"):
        folder = sys.argv[0].rpartition("/")[0] or "."
        sys.stdout.write(_USAGE.format(version=version(), folder=folder))
        return
    # If the engine was started in the background, this process inherited that SIGINT is ignored.
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
