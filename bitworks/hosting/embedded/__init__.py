"""Servers that run as children of this process: PostgreSQL and Valkey, from wheels."""
