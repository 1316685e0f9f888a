"""Benchmarks and quality gates: `python -m bench NAME …`, floors in bench/floors.json."""
