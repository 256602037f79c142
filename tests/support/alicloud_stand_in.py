"""Replaces pulumi-alicloud's plugin, which would be a download: creates nothing and echoes inputs.

The policies only see what the engine knows of `alicloud:eci/imageCache:ImageCache`. As with the
bridged provider, secrets are accepted and kept, and any change replaces the cache.
"""

from __future__ import annotations

import sys
import threading
from concurrent import futures
from typing import Any

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc


class StandIn(provider_pb2_grpc.ResourceProviderServicer):
    """The plugin of the stand-in."""

    def GetPluginInfo(self, _request: Any, _context: Any) -> Any:  # noqa: ANN401, N802
        return plugin_pb2.PluginInfo(version="3.95.0")

    def CheckConfig(self, request: Any, _context: Any) -> Any:  # noqa: ANN401, N802
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, _request: Any, _context: Any) -> Any:  # noqa: ANN401, N802
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, _request: Any, _context: Any) -> Any:  # noqa: ANN401, N802
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Check(self, request: Any, _context: Any) -> Any:  # noqa: ANN401, N802
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, request: Any, _context: Any) -> Any:  # noqa: ANN401, N802
        changed = request.old_inputs != request.news
        kind = provider_pb2.DiffResponse
        changes = kind.DIFF_SOME if changed else kind.DIFF_NONE
        return kind(changes=changes, replaces=["images"] if changed else [])

    def Create(self, request: Any, _context: Any) -> Any:  # noqa: ANN401, N802
        outputs = struct_pb2.Struct()
        outputs.CopyFrom(request.properties)
        outputs.update({"status": "Ready", "containerGroupId": "eci-1"})
        return provider_pb2.CreateResponse(id="imc-1", properties=outputs)

    def Delete(self, _request: Any, _context: Any) -> Any:  # noqa: ANN401, N802
        return empty_pb2.Empty()


def main() -> None:
    """Serve until the engine ends this process."""
    server = grpc.server(futures.ThreadPoolExecutor(4))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(StandIn(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    threading.Event().wait()
