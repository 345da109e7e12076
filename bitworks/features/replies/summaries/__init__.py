"""The running summary of the messages that fell out of a window: when it is due, and how it is written."""
