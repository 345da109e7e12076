"""The Socket.IO door: handshakes, events and their acknowledgements."""
