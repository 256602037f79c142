"""What Pulumi's host for dynamic providers lacks: the call's URN and timeout, partial results,
progress, more than four calls at a time, and an end when the engine dies.
"""
