"""A cache that somebody made by hand is taken over, and from then on is code."""

import pulumi
import pulumi_eci as eci

web = eci.ImageCache(
    "web",
    images=["nginx:1.27"],
    image_cache_name="made-by-hand",
    retention_days=30,
    tags={"team": "web"},
    # Only for the first `up`; without the setting it is None, which is the same as absent.
    adopt=pulumi.Config().get("adopt"),
)

pulumi.export("id", web.id)
