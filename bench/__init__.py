"""Programmes that measure. What they promise is in `docs/`."""
