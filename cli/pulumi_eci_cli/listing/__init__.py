"""`pulumi-eci list`: the image caches of a region.

Reading order, from the bottom: caches, table, command.
"""
