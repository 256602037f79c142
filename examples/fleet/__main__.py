"""Cache the images of the manifests in `deploy` in two regions."""

import pulumi
import pulumi_eci as eci

images = eci.images_in("deploy/**/*.yaml", "deploy/**/*.json")
for image in images:
    pulumi.log.debug(f"{image} is named in {', '.join(image.found_in)}")

fleet = eci.ImageCacheFleet(
    "shop",
    images=images,
    placements={
        "cn-hangzhou": eci.Placement(vswitch_id="vsw-bp1aaaa", security_group_id="sg-bp1aaaa"),
        "cn-beijing": eci.Placement(
            vswitch_id="vsw-2zebbbb", security_group_id="sg-2zebbbb", image_cache_size=40
        ),
    },
    elimination_strategy="LRU",
    tags={"team": "shop"},
)

pulumi.export("ids", fleet.ids)
pulumi.export("status", fleet.status)
pulumi.export("images", fleet.images)
# For `metadata.annotations` of the pods of deploy/web.yaml in Beijing.
pulumi.export("annotations", fleet.pod_annotations("cn-beijing", "nginx:1.27", "redis:7.4"))
