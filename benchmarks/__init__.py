"""Measurements of speed: ratios within one run. `make bench` runs them all."""
