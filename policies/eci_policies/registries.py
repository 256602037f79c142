"""Rules for the network access to registries: within the VPC, or through the internet."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import EnforcementLevel, Severity

from eci_policies.cache import Cache, decided
from eci_policies.image import AcrHost, acr_host
from eci_policies.rule import CREATE_PAGE, IMAGE_PAGE, About, Rule
from eci_policies.settings import Setting, Settings, matches_glob


def _vpc_registry(cache: Cache, _settings: Settings) -> Iterator[str]:
    region = decided(cache, lambda found: found.region) or ""
    for image in cache.images():
        acr = acr_host(image.host)
        if acr is None:
            continue
        if region and acr.region != region:
            yield (
                f"The image `{image.text}` is in {acr.region} and the cache in {region}. Push a "
                f"copy to {region} and pull it from `{acr.vpc_host(region)}`."
            )
        elif not acr.in_vpc:
            yield (
                f"The image `{image.text}` is pulled through the public internet. Within the VPC "
                f"the host of its registry is `{acr.vpc_host()}`."
            )


def _public_egress(cache: Cache, settings: Settings) -> Iterator[str]:
    hosts = dict.fromkeys(image.host for image in cache.images())
    inside = settings.texts("privateRegistries")
    public = [
        host for host in hosts if not _is_inside(acr_host(host)) and not _is_private(host, inside)
    ]
    if public and not cache.has("eipInstanceId") and not _has_nat(cache, settings):
        names = ", ".join(f"`{host}`" for host in public)
        yield (
            f"The images of {names} are pulled through the internet, but the cache has no "
            "eipInstanceId, and its vSwitch is not listed in `natVswitches`."
        )


def _is_inside(acr: AcrHost | None) -> bool:
    return acr is not None and acr.in_vpc


def _is_private(host: str, inside: list[str]) -> bool:
    """A glob without a port matches any port."""
    globs = [glob.lower() for glob in inside]
    return matches_glob(host, globs) or matches_glob(host.rpartition(":")[0], globs)


def _has_nat(cache: Cache, settings: Settings) -> bool:
    globs = settings.texts("natVswitches")
    if not globs or "*" in globs:
        return bool(globs)
    vswitches = [name.strip() for name in cache.text("vswitchId").split(",")]
    return all(matches_glob(name, globs) for name in vswitches)


RULES = (
    Rule(
        About(
            id="vpc-registry",
            title="Registry within the VPC",
            description="Images of Container Registry are pulled within the VPC, in the region of "
            "the cache.",
            severity=Severity.MEDIUM,
            level=EnforcementLevel.ADVISORY,
            fix="Use the registry's VPC host, as in `registry-vpc.<region>.aliyuncs.com`. It is "
            "faster, costs no traffic, and needs no internet access.",
            url=IMAGE_PAGE,
        ),
        check=_vpc_registry,
    ),
    Rule(
        About(
            id="public-egress",
            title="Access to public registries",
            description="An image cache with public images has an EIP or a NAT gateway.",
            severity=Severity.MEDIUM,
            level=EnforcementLevel.ADVISORY,
            fix="Set `eipInstanceId`. If the VPC of the vSwitch has a NAT gateway, add the vSwitch "
            "to `natVswitches`. If the registry needs no internet access, add the registry to "
            "`privateRegistries`.",
            url=CREATE_PAGE,
            settings=(
                Setting("natVswitches", [], "Globs for vSwitches in a VPC with a NAT gateway."),
                Setting(
                    "privateRegistries",
                    [],
                    "Globs for hosts that need no internet access.",
                ),
            ),
        ),
        check=_public_egress,
    ),
)
