"""Benchmarks. Each measures a ratio within one run, because machines differ.

Each command, such as `python -m bench noop --caches 1000 --json`, prints one JSON object.
`make bench` runs all benchmarks and writes `bench/results.json`, a table (`bench/results.md`) and
the plots.
"""
