"""Adopt a cache that was created by hand."""

import pulumi
import pulumi_eci as eci

web = eci.ImageCache(
    "web",
    images=["nginx:1.27"],
    image_cache_name="made-by-hand",
    retention_days=30,
    tags={"team": "web"},
    # Only for the first `up`. Without the setting the value is None, which is the same as absent.
    adopt=pulumi.Config().get("adopt"),
)

pulumi.export("id", web.id)
