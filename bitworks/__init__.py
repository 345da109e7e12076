"""The history of conversations with AI, live and the same on every screen. `ARCHITECTURE.md` is the map."""

__version__ = "0.1.0"
