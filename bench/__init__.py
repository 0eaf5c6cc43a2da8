"""Measurements: `make bench`, or `python -m bench --help`. What they found stands in docs/bench.md."""
