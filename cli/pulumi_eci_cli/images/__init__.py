"""`pulumi-eci images`: what registries say of images.

Reading order, from the bottom: report, command.
"""
