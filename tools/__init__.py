"""Emotions, segments, safety and reply checks: pure functions that know nothing of graphs."""
