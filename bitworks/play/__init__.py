"""`bitworks play`: creates conversations from JSON Lines files, through the public API of a running server.

It depends on nothing of the server but its contract, so it imports nothing of ours.
"""
