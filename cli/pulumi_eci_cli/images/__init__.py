"""`pulumi-eci images`: looks up images in their registries.

Reading order: report, command.
"""
