"""`pulumi-eci list`: the image caches of a region.

Reading order: caches, states, table, command.
"""
