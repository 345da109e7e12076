"""The REST door: parse, one command, encode."""
