"""What a provider's process needs of its engine, whichever front door it serves: the engine's log,
failures as the engine reads them, and an end together with the engine's.
"""

WORKERS = 128
"""Calls that may run at a time. Each waiting cache holds one thread, so four would be four
caches."""
