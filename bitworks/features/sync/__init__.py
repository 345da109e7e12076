"""Synchronisation: the changes since a cursor, and what is published after a commit."""
