"""Benchmarks. Each measures a ratio within one run, because machines differ.

`python -m bench scale --caches 100 --build-seconds 20 --json` and the other commands print one JSON
object. `make bench` runs all benchmarks and writes `bench/results.json`, a table
(`bench/results.md`) and plots.
"""
