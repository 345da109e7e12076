"""Messages that grow: one owner, text written before it is shown, endings of which the first wins."""
