"""`pulumi-resource-eci`: the plugin through which programs in any language use `core`.

It speaks the engine's provider protocol itself; no SDK of Pulumi stands between.
"""
