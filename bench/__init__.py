"""Benchmarks: each measures a ratio within one run, since no two machines are alike.

`python -m bench noop --caches 1000 --json` and `python -m bench emulator --json` print one JSON
object each; `make bench` runs them all.
"""
