"""`bitworks play`: conversations from JSON Lines files, through the public API, into a running server.

It knows nothing of the server but its contract, so it imports nothing of ours.
"""
