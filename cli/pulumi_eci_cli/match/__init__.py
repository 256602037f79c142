"""`pulumi-eci match`: the caches from which workloads start, and reasons for missing images.

Reading order, from the bottom: decide, service, report, command.
"""
