"""Check, diff, create, read, update and delete as the engine sees them, for any host.

`call.Call` describes one call of the engine, and `caches.ImageCaches` serves the call. The adapters
(the dynamic provider, the native plugin) translate between their host and these two. Nothing here
imports Pulumi's SDK or gRPC. Failures are raised as `api.errors.EciError`; an `IncompleteError`
holds the state that the engine must keep.
"""

from pulumi_eci.core.caches import Checked, Diff, ImageCaches, Reading
from pulumi_eci.core.call import Call, Log, silent

__all__ = ["Call", "Checked", "Diff", "ImageCaches", "Log", "Reading", "silent"]
