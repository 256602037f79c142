"""`ImageCache`: the resource that programs declare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi.dynamic import Resource
from typing_extensions import Unpack

from pulumi_eci.model.fields import ORGANIZATION
from pulumi_eci.program.args import (
    ConnectionArgs,
    ImageCacheArgs,
    Props,
    holds_outputs,
    refuse_mistakes,
    settled,
    to_props,
)
from pulumi_eci.program.options import (
    cache_options,
    refuse_output_text,
    warn_of_inherited_provider,
)
from pulumi_eci.program.outputs import get_output, output_names, untrack
from pulumi_eci.provider import ImageCacheProvider

_PROVIDER = ImageCacheProvider()
_NO_ORGANIZATION = "organization"  # the value of a backend without organizations
PIN = "k8s.aliyun.com/eci-imc-id"
"""The pod annotation that names the cache to use. ECI reads it when the pod is created."""


class ImageCache(Resource, module="eci", name="ImageCache"):
    """An image cache of Elastic Container Instance, updated in place where the API allows it.

    Example::

        web = eci.ImageCache(
            "web",
            images=["registry-vpc.cn-hangzhou.aliyuncs.com/eci_open/nginx:1.15.10-perl"],
            vswitch_id="vsw-…",
            security_group_id="sg-…",
            elimination_strategy="LRU",
            retention_days=7,
            tags={"team": "web"},
        )

    The arguments are those of `ImageCacheArgs`. All standard resource options work except `import_`
    and `env_var_mappings`. Property paths may be in snake_case or camelCase. `custom_timeouts`
    default to 60 minutes for create and update, and 20 minutes for delete.
    """

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        **args: Unpack[ImageCacheArgs],
    ) -> None:
        refuse_output_text("ImageCache: its name", resource_name)
        options = cache_options(opts)
        warn_of_inherited_provider(resource_name, args, opts)
        given = settled(args)
        refuse_mistakes(f"ImageCache {resource_name}", given)
        props = to_props(given)
        absent: dict[str, Any] = dict.fromkeys(output_names(props, options, tracks=_tracks(props)))
        if holds_outputs(given.get("image_registry_credentials")):
            # A user name may be a secret output, and the host does not tell the provider so.
            hidden = pulumi.ResourceOptions(additional_secret_outputs=["registryLogins"])
            options = pulumi.ResourceOptions.merge(options, hidden)
        registered = Props({**absent, **props, **_organization()})
        super().__init__(_PROVIDER, resource_name, registered, options)
        untrack(self, registered)

    @staticmethod
    def get(
        resource_name: str,
        id: pulumi.Input[str],  # noqa: A002 - Pulumi's name for it
        opts: pulumi.ResourceOptions | None = None,
        *,
        region: pulumi.Input[str] | None = None,
        connection: pulumi.Input[ConnectionArgs] | None = None,
    ) -> ImageCache:
        """Read an existing cache. The stack neither changes nor deletes the cache.

        Args:
            resource_name: The resource's name in the program.
            id: The cache's id, `imc-…`.
            opts: Resource options.
            region: The cache's region; see `ImageCacheArgs`.
            connection: See `ImageCacheArgs`.

        Raises:
            RunError: The id is missing.
        """
        if not (isinstance(id, pulumi.Output) or id):
            raise pulumi.RunError(
                f"ImageCache.get: {resource_name} has no id: set `id` to the cache's id, imc-…"
            )
        found = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id))
        where: Any = {"region": region, "connection": connection}
        return ImageCache(resource_name, found, **where)

    def pod_annotations(self) -> pulumi.Output[Mapping[str, str]]:
        """Return the annotations that pin a pod to this cache.

        Put them into `metadata.annotations` of a pod or a pod template, and set the containers'
        `imagePullPolicy` to `IfNotPresent`. The pod pulls images that the cache does not hold.
        """
        return self.id.apply(lambda cache_id: {PIN: cache_id})

    @property
    @pulumi.getter
    def status(self) -> pulumi.Output[str]:
        """Status of the cache: `Ready` after a successful update, else `Failed`, `UpdateFailed` or
        another status of the API.
        """
        return get_output(self, "status")

    @property
    @pulumi.getter(name="snapshotId")
    def snapshot_id(self) -> pulumi.Output[str | None]:
        """Id of the snapshot that instances start from. A rebuild creates another snapshot.

        None for an instant cache (`flash`), which is Ready before the snapshot exists.
        """
        return get_output(self, "snapshotId")

    @property
    @pulumi.getter(name="containerGroupId")
    def container_group_id(self) -> pulumi.Output[str | None]:
        """Id of the temporary instance that pulled the images, `eci-…`."""
        return get_output(self, "containerGroupId")

    @property
    @pulumi.getter(name="registryLogins")
    def registry_logins(self) -> pulumi.Output[Sequence[Mapping[str, str]] | None]:
        """Server and user name of each registry credential, without the password.

        Secret if any part of the credentials is an output.
        """
        return get_output(self, "registryLogins")

    @property
    @pulumi.getter(name="imageDigests")
    def image_digests(self) -> pulumi.Output[Mapping[str, str] | None]:
        """With `track_digests`, the digest of each image in the cache, `sha256:…`.

        The keys are the image references of the program.
        """
        return get_output(self, "imageDigests")

    @property
    @pulumi.getter
    def images(self) -> pulumi.Output[Sequence[str]]:
        """Images of the cache."""
        return get_output(self, "images")

    @property
    @pulumi.getter(name="imageCacheName")
    def image_cache_name(self) -> pulumi.Output[str]:
        """Name of the cache."""
        return get_output(self, "imageCacheName")

    @property
    @pulumi.getter
    def region(self) -> pulumi.Output[str]:
        """Region of the cache."""
        return get_output(self, "region")

    @property
    @pulumi.getter(name="securityGroupId")
    def security_group_id(self) -> pulumi.Output[str | None]:
        """See `ImageCacheArgs`."""
        return get_output(self, "securityGroupId")

    @property
    @pulumi.getter(name="vswitchId")
    def vswitch_id(self) -> pulumi.Output[str | None]:
        """See `ImageCacheArgs`."""
        return get_output(self, "vswitchId")

    @property
    @pulumi.getter(name="zoneId")
    def zone_id(self) -> pulumi.Output[str | None]:
        """See `ImageCacheArgs`."""
        return get_output(self, "zoneId")

    @property
    @pulumi.getter(name="eipInstanceId")
    def eip_instance_id(self) -> pulumi.Output[str | None]:
        """See `ImageCacheArgs`."""
        return get_output(self, "eipInstanceId")

    @property
    @pulumi.getter(name="resourceGroupId")
    def resource_group_id(self) -> pulumi.Output[str | None]:
        """See `ImageCacheArgs`."""
        return get_output(self, "resourceGroupId")

    @property
    @pulumi.getter(name="imageCacheSize")
    def image_cache_size(self) -> pulumi.Output[int]:
        """Size in GiB."""
        return get_output(self, "imageCacheSize")

    @property
    @pulumi.getter(name="retentionDays")
    def retention_days(self) -> pulumi.Output[int | None]:
        """Days after which the service deletes the cache, or None."""
        return get_output(self, "retentionDays")

    @property
    @pulumi.getter(name="eliminationStrategy")
    def elimination_strategy(self) -> pulumi.Output[str | None]:
        """`LRU`, or None."""
        return get_output(self, "eliminationStrategy")

    @property
    @pulumi.getter(name="autoMatchImageCache")
    def auto_match_image_cache(self) -> pulumi.Output[bool | None]:
        """See `ImageCacheArgs`."""
        return get_output(self, "autoMatchImageCache")

    @property
    @pulumi.getter
    def flash(self) -> pulumi.Output[bool | None]:
        """See `ImageCacheArgs`."""
        return get_output(self, "flash")

    @property
    @pulumi.getter(name="standardCopyCount")
    def standard_copy_count(self) -> pulumi.Output[int]:
        """Copies of the regular snapshot."""
        return get_output(self, "standardCopyCount")

    @property
    @pulumi.getter(name="flashCopyCount")
    def flash_copy_count(self) -> pulumi.Output[int]:
        """Copies of the local snapshot."""
        return get_output(self, "flashCopyCount")

    @property
    @pulumi.getter
    def tags(self) -> pulumi.Output[Mapping[str, str] | None]:
        """Tags that this resource manages."""
        return get_output(self, "tags")

    @property
    @pulumi.getter(name="acrRegistryInfos")
    def acr_registry_infos(self) -> pulumi.Output[Sequence[Mapping[str, Any]] | None]:
        """See `ImageCacheArgs`; keys in camelCase, as in state."""
        return get_output(self, "acrRegistryInfos")

    @property
    @pulumi.getter(name="insecureRegistry")
    def insecure_registry(self) -> pulumi.Output[str | None]:
        """See `ImageCacheArgs`."""
        return get_output(self, "insecureRegistry")

    @property
    @pulumi.getter(name="plainHttpRegistry")
    def plain_http_registry(self) -> pulumi.Output[str | None]:
        """See `ImageCacheArgs`."""
        return get_output(self, "plainHttpRegistry")

    @property
    @pulumi.getter
    def annotations(self) -> pulumi.Output[str | None]:
        """See `ImageCacheArgs`."""
        return get_output(self, "annotations")

    @property
    @pulumi.getter
    def connection(self) -> pulumi.Output[Mapping[str, str] | None]:
        """See `ImageCacheArgs`; keys in camelCase, as in state."""
        return get_output(self, "connection")

    @property
    @pulumi.getter(name="rebuildTriggers")
    def rebuild_triggers(self) -> pulumi.Output[Any]:
        """See `ImageCacheArgs`."""
        return get_output(self, "rebuildTriggers")


def _tracks(props: Mapping[str, Any]) -> bool:
    """Whether the cache may track the digests of its images; true for an output."""
    if (own := props.get("trackDigests")) is not None:
        return own is not False
    return pulumi.Config("eci").get("trackDigests") == "true"


def _organization() -> dict[str, str]:
    organization = pulumi.get_organization()
    return {ORGANIZATION: organization} if organization not in {"", None, _NO_ORGANIZATION} else {}
