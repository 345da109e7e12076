"""Conversations, messages and contexts in PostgreSQL."""
