"""Check, diff, create, read, update and delete as the engine sees them, without any host.

`call.Call` describes one call of the engine. `caches.ImageCaches` serves it. Front doors (the
dynamic provider, the native plugin) translate between their host and these two; neither Pulumi's
SDK nor gRPC is imported here. Failures are raised as `api.errors.EciError`; an `IncompleteError`
holds the state that the engine must keep.
"""

from pulumi_eci.core.caches import Checked, Diff, ImageCaches, Reading
from pulumi_eci.core.call import Call, Log, silent

__all__ = ["Call", "Checked", "Diff", "ImageCaches", "Log", "Reading", "silent"]
