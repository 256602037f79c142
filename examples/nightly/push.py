"""Push an image with one small layer, like `docker push`: push.py REGISTRY NAME:TAG TEXT."""

import hashlib
import json
import sys
from typing import Any

import requests

registry, name, text = sys.argv[1:]
repository, tag = name.split(":")
base = f"http://{registry}/v2/{repository}"


def upload(blob: bytes, media_type: str) -> dict[str, Any]:
    digest = f"sha256:{hashlib.sha256(blob).hexdigest()}"
    place = requests.post(f"{base}/blobs/uploads/", timeout=10).headers["Location"]
    requests.put(place, params={"digest": digest}, data=blob, timeout=10).raise_for_status()
    return {"mediaType": media_type, "digest": digest, "size": len(blob)}


oci = "application/vnd.oci.image"
platform = json.dumps({"os": "linux", "architecture": "amd64"}).encode()
manifest = {
    "schemaVersion": 2,
    "mediaType": f"{oci}.manifest.v1+json",
    "config": upload(platform, f"{oci}.config.v1+json"),
    "layers": [upload(text.encode(), f"{oci}.layer.v1.tar")],
}
requests.put(
    f"{base}/manifests/{tag}",
    data=json.dumps(manifest),
    headers={"Content-Type": f"{oci}.manifest.v1+json"},
    timeout=10,
).raise_for_status()
