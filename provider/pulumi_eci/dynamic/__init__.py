"""Workarounds for Pulumi's dynamic provider host. The host hides the URN and the timeout of a call,
cannot keep partial results, and runs at most four calls at a time.
"""
