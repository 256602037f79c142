"""Images with tags that move are pulled again when the setting `night` changes."""

import pulumi
import pulumi_eci as eci

tools = eci.ImageCache(
    "tools",
    images=["registry.example.com/ci/builder:latest", "registry.example.com/ci/scanner:stable"],
    vswitch_id="vsw-bp1aaaa",
    security_group_id="sg-bp1aaaa",
    elimination_strategy="LRU",
    auto_match_image_cache=True,  # layers that did not change are not pulled again
    rebuild_triggers={"night": pulumi.Config().get("night")},
)

pulumi.export("id", tools.id)
pulumi.export("snapshot", tools.snapshot_id)
