"""A controlled stand-in for a multimodal model in conflict: drawn clips, a tiny thinker, and the steering experiment."""
