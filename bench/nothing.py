"""The floor of any plugin in Python: a plugin that does nothing (`python -m bench.nothing`)."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

TYPE = "nothing:index:Nothing"


class Nothing(provider_pb2_grpc.ResourceProviderServicer):
    """Echoes properties, and compares all of them."""

    # ruff: noqa: ANN401, ARG002, D102, N802 - the protocol's own names

    def Handshake(self, request: Any, context: Any) -> Any:
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version="0.0.1")

    def CheckConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request: Any, context: Any) -> Any:
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Check(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, request: Any, context: Any) -> Any:
        kinds = provider_pb2.DiffResponse
        changed = request.olds != request.news
        return kinds(changes=kinds.DIFF_SOME if changed else kinds.DIFF_NONE)

    def Create(self, request: Any, context: Any) -> Any:
        return provider_pb2.CreateResponse(id="nothing", properties=request.properties)

    def Read(self, request: Any, context: Any) -> Any:
        return provider_pb2.ReadResponse(
            id=request.id, properties=request.properties, inputs=request.inputs
        )

    def Delete(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()


def install(folder: Path) -> None:
    """Write the plugin to *folder*, with the name that the engine searches for."""
    script = folder / "pulumi-resource-nothing"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m bench.nothing "$@"\n')
    script.chmod(0o755)


def main() -> None:
    """Serve until interrupted."""
    server = grpc.server(ThreadPoolExecutor(max_workers=128))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Nothing(), server)
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    server.wait_for_termination()


if __name__ == "__main__":
    main()
