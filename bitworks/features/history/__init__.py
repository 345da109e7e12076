"""The history itself: conversations, their messages, and their contexts."""
