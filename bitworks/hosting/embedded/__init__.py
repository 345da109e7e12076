"""Servers of one's own: PostgreSQL and Valkey from wheels."""
