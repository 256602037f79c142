"""Alibaba Cloud ECI image caches as code."""

from pulumi_eci.args import (
    AcrRegistryInfoArgs,
    ConnectionArgs,
    ImageCacheArgs,
    ImageRegistryCredentialArgs,
)
from pulumi_eci.resource import ImageCache

__all__ = [
    "AcrRegistryInfoArgs",
    "ConnectionArgs",
    "ImageCache",
    "ImageCacheArgs",
    "ImageRegistryCredentialArgs",
]
