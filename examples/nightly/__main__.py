"""Pull the images again when one of their tags has moved."""

import pulumi
import pulumi_eci as eci

registry = pulumi.Config().get("registry") or "registry.example.com"
tools = eci.ImageCache(
    "tools",
    images=[f"{registry}/ci/builder:latest", f"{registry}/ci/scanner:stable"],
    vswitch_id="vsw-bp1aaaa",
    security_group_id="sg-bp1aaaa",
    auto_match_image_cache=True,  # layers that did not change are not pulled again
    track_digests=True,
)

pulumi.export("id", tools.id)
pulumi.export("snapshot", tools.snapshot_id)
pulumi.export("digests", tools.image_digests)
