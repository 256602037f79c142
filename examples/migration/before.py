"""Create two caches, and print the state that pulumi-alicloud would have of them.

The output is for `pulumi stack import`. Arguments: a file with a state of this stack, from
`pulumi stack export`, and the name of the stack.
"""

import json
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

from alibabacloud_eci20180808.client import Client
from alibabacloud_eci20180808.models import CreateImageCacheRequest
from alibabacloud_tea_openapi.models import Config

TYPE = "alicloud:eci/imageCache:ImageCache"
PROVIDER = "pulumi:providers:alicloud"
PROVIDER_ID = "6f2f6ad5-3c8e-4f0e-9d52-0f6a4b1f7d11"


def create(name: str, images: list[str]) -> str:
    endpoint = urlsplit(os.environ["ECI_ENDPOINT"])
    config = Config(
        access_key_id=os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        access_key_secret=os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
        endpoint=endpoint.netloc,
        protocol=endpoint.scheme,
    )
    request = CreateImageCacheRequest(
        region_id=os.environ["ALIBABA_CLOUD_REGION_ID"],
        image_cache_name=f"shop-{name}",
        image=images,
        security_group_id="sg-bp1aaaa",
        v_switch_id="vsw-bp1aaaa",
        retention_days=30,
    )
    return Client(config).create_image_cache(request).body.image_cache_id


def resource(urn_head: str, parent: str, name: str, images: list[str]) -> dict:
    inputs = {
        "imageCacheName": f"shop-{name}",
        "images": images,
        "retentionDays": 30,
        "securityGroupId": "sg-bp1aaaa",
        "vswitchId": "vsw-bp1aaaa",
    }
    return {
        "urn": f"{urn_head}{TYPE}::{name}",
        "custom": True,
        "type": TYPE,
        "id": create(name, images),
        "parent": parent,
        "provider": f"{urn_head}{PROVIDER}::default_3_95_0::{PROVIDER_ID}",
        "inputs": inputs,
        "outputs": {**inputs, "status": "Ready"},
    }


exported, stack = sys.argv[1:]
state = json.loads(Path(exported).read_text())
head = f"urn:pulumi:{stack}::eci-migration::"
root = f"{head}pulumi:pulumi:Stack::eci-migration-{stack}"
state["deployment"]["resources"] = [
    {"urn": root, "custom": False, "type": "pulumi:pulumi:Stack"},
    {
        "urn": f"{head}{PROVIDER}::default_3_95_0",
        "custom": True,
        "type": PROVIDER,
        "id": PROVIDER_ID,
        "inputs": {"region": "cn-hangzhou", "version": "3.95.0"},
        "outputs": {"region": "cn-hangzhou", "version": "3.95.0"},
    },
    resource(head, root, "web", ["nginx:1.27"]),
    resource(head, root, "jobs", ["busybox:1.30", "python:3.12"]),
]
json.dump(state, sys.stdout, indent=2)
