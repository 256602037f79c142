"""One image cache. A change of `images` rebuilds it in place; a change of `tags` does not."""

import pulumi
import pulumi_eci as eci

web = eci.ImageCache(
    "web",
    images=["registry-vpc.cn-hangzhou.aliyuncs.com/eci_open/nginx:1.15.10-perl"],
    vswitch_id="vsw-uf6h3rbwbm90urjwa0000",
    security_group_id="sg-uf66jeqopgqa9hdn0000",
    elimination_strategy="LRU",
    retention_days=7,
    tags={"team": "web"},
)

pulumi.export("id", web.id)
pulumi.export("status", web.status)
pulumi.export("snapshot", web.snapshot_id)
