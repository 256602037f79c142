"""Image caches of a team. `preview.sh` checks every change."""

import pulumi
import pulumi_eci as eci

config = pulumi.Config()
tag = config.get("tag") or "1.27.4"

web = eci.ImageCache(
    "web",
    images=[f"registry-vpc.cn-hangzhou.aliyuncs.com/team/nginx:{tag}"],
    region="cn-hangzhou",
    vswitch_id="vsw-uf6h3rbwbm90urjwa0000",
    security_group_id="sg-uf66jeqopgqa9hdn0000",
    elimination_strategy="LRU",
    retention_days=30,
    tags={"team": "web"},
)

pulumi.export("status", web.status)
