"""`pulumi-eci images`: platforms and sizes of images, from their registries.

Reading order, from the bottom: report, command.
"""
