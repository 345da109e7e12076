"""The running summary of what fell out of a window: when it is due, and how it is written."""
