"""`pulumi-eci match`: shows which workloads start from a cache, and why others do not.

Reading order: decide, service, report, command.
"""
