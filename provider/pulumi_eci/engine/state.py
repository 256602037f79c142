"""What state holds for the dynamic provider, so that a resource can move to it at any time."""

PROVIDER_KEY = "__provider"
"""The output under which Pulumi's dynamic host finds the provider."""

DYNAMIC_PROVIDER = (
    "gASVMQAAAAAAAACME3B1bHVtaV9lY2kucHJvdmlkZXKUjBJJbWFnZUNhY2hlUHJvdmlkZXKUk5QpgZQu"
)
"""`pulumi_eci.provider.ImageCacheProvider`, pickled by reference, as release 0.1.0 wrote it. The
native plugin writes it too: else no refresh or destroy would work after a move to the dynamic
provider, which changes no outputs."""
