"""Benchmarks: each measures a ratio within one run, since no two machines are alike.

`python -m bench scale --caches 100 --build-seconds 20 --json`, `python -m bench noop --caches 1000
--json` and the others print one JSON object each. `make bench` runs them all and writes
`bench/results.json`, a table (`bench/results.md`) and the plots.
"""
