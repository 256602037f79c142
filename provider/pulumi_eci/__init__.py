"""Alibaba Cloud ECI image caches as code."""

from pulumi_eci.program.args import (
    AcrRegistryInfoArgs,
    ConnectionArgs,
    ImageCacheArgs,
    ImageCacheSettings,
    ImageRegistryCredentialArgs,
)
from pulumi_eci.program.fleet import ImageCacheFleet
from pulumi_eci.program.fleet_args import ImageCacheFleetArgs, Placement
from pulumi_eci.program.manifests import ManifestError, ManifestImage, images_in
from pulumi_eci.program.resource import ImageCache

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
