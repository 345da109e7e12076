"""Streaming messages: one owner each, text that is written before it is shown, endings of which the first wins."""
