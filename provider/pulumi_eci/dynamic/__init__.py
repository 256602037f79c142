"""What Pulumi's host for dynamic providers lacks: the call's URN and timeout, partial results, and
more than four calls at a time.
"""
