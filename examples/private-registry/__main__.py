"""Images of two private registries: one with a password, one without."""

import pulumi
import pulumi_eci as eci

config = pulumi.Config()

app = eci.ImageCache(
    "app",
    images=[
        "registry.example.com/shop/app:1",
        "shop-registry-vpc.cn-hangzhou.cr.aliyuncs.com/shop/base:1",
    ],
    vswitch_id="vsw-bp1aaaa",
    security_group_id="sg-bp1aaaa",
    elimination_strategy="LRU",
    image_registry_credentials=[
        eci.ImageRegistryCredentialArgs(
            server="registry.example.com",
            user_name="puller",
            password=config.require_secret("registryPassword"),
        )
    ],
    # Container Registry Enterprise Edition is pulled without a password.
    acr_registry_infos=[eci.AcrRegistryInfoArgs(instance_id="cri-shop")],
)

pulumi.export("id", app.id)
pulumi.export("logins", app.registry_logins)
