"""Replies of a model: the producers that write them, and the workers that run the producers."""
