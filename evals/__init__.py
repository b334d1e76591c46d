"""Benchmarks as inspect_ai tasks; empty until the harness lands."""
