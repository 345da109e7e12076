"""Catching up, and telling the devices: changes since a cursor, and what is published after a commit."""
