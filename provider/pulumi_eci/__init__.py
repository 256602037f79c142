"""Alibaba Cloud ECI image caches as code."""

from pulumi_eci.args import (
    AcrRegistryInfoArgs,
    ConnectionArgs,
    ImageCacheArgs,
    ImageCacheSettings,
    ImageRegistryCredentialArgs,
)
from pulumi_eci.component import ImageCacheFleet
from pulumi_eci.fleet import ImageCacheFleetArgs, Placement
from pulumi_eci.manifests import ManifestError, ManifestImage, images_in
from pulumi_eci.resource import ImageCache

__all__ = [
    "AcrRegistryInfoArgs",
    "ConnectionArgs",
    "ImageCache",
    "ImageCacheArgs",
    "ImageCacheFleet",
    "ImageCacheFleetArgs",
    "ImageCacheSettings",
    "ImageRegistryCredentialArgs",
    "ManifestError",
    "ManifestImage",
    "Placement",
    "images_in",
]
