"""The Socket.IO door: connecting, events and their acknowledgements."""
