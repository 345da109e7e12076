"""The REST door: a request is parsed, one operation is called, and its result becomes the response."""
