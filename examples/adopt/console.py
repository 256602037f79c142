"""Create a cache with the vendor's SDK, as a user of the console would."""

import os
import sys
from urllib.parse import urlsplit

from alibabacloud_eci20180808.client import Client
from alibabacloud_eci20180808.models import CreateImageCacheRequest
from alibabacloud_tea_openapi.models import Config

region = os.environ["ALIBABA_CLOUD_REGION_ID"]
endpoint = urlsplit(os.environ["ECI_ENDPOINT"])
client = Client(
    Config(
        access_key_id=os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        access_key_secret=os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
        endpoint=endpoint.netloc,
        protocol=endpoint.scheme,
    )
)
request = CreateImageCacheRequest(
    region_id=region, image_cache_name="made-by-hand", image=["nginx:1.27"]
)
sys.stdout.write(client.create_image_cache(request).body.image_cache_id)
