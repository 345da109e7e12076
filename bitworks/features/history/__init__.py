"""The history: conversations, their messages, and their contexts."""
