"""`pulumi-eci match`: which workloads start from a cache, and why the others do not.

Reading order, from the bottom: decide, service, report, command.
"""
