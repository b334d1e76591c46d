"""A controlled stand-in for a multimodal model in conflict: drawn clips, a tiny trained thinker, steering, controls.

It tests mechanism, controls and code, and says nothing about real checkpoints. `python -m affectgraph.evals.lab`.
"""
