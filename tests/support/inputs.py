"""Properties of a cache as the engine sends them, and the problems that `parse` reports."""

from __future__ import annotations

import json
from typing import Any

from pulumi_eci.model.parse import parse

GOOD: dict[str, Any] = {"region": "cn-hangzhou", "images": ["nginx:1.27"]}

FULL: dict[str, Any] = {
    "region": "cn-hangzhou",
    "images": ["nginx:1.27", "redis:7"],
    "imageCacheName": "web",
    "securityGroupId": "sg-1",
    "vswitchId": "vsw-1,vsw-2",
    "zoneId": "cn-hangzhou-h",
    "eipInstanceId": "eip-1",
    "resourceGroupId": "rg-1",
    "imageCacheSize": 40.0,
    "retentionDays": 7.0,
    "eliminationStrategy": "LRU",
    "autoMatchImageCache": True,
    "flash": True,
    "standardCopyCount": 2.0,
    "flashCopyCount": 3.0,
    "tags": {"team": "web"},
    "imageRegistryCredentials": [
        {"server": "registry.example.com", "userName": "robot", "password": "hunter2"}
    ],
    "acrRegistryInfos": [
        {
            "instanceId": "cri-1",
            "instanceName": "main",
            "regionId": "cn-hangzhou",
            "domains": ["main.cn-hangzhou.cr.aliyuncs.com"],
            "arnService": "acs:ram::1:role/service",
            "arnUser": "acs:ram::2:role/user",
        }
    ],
    "insecureRegistry": "10.0.0.1:5000",
    "plainHttpRegistry": "10.0.0.2:5000",
    "annotations": "{}",
    "rebuildTriggers": {"run": 7.0},
    "connection": {
        "region": "cn-hangzhou",
        "endpoint": "http://127.0.0.1:8642",
        "profile": "live",
        "roleArn": "acs:ram::1:role/deployer",
        "accountId": "1",
    },
    "adopt": "imc-1",
    "skipAwait": True,
    "onMissing": "ignore",
    "trackDigests": False,
}


def problems(**changes: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - anything may be passed
    """Return the path and reason of each problem of valid properties with *changes*."""
    return [(problem.path, problem.reason) for problem in parse({**GOOD, **changes}).problems]


def paths(**changes: Any) -> list[str]:  # noqa: ANN401 - anything may be passed
    """Return the paths alone."""
    return [path for path, _ in problems(**changes)]


def filled(value: object, text: str) -> Any:  # noqa: ANN401 - as *value*
    """Return *value* with each `{}` in it replaced by *text*."""
    return json.loads(json.dumps(value).replace("{}", json.dumps(text)[1:-1]))
