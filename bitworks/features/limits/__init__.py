"""Limits within one instance: quotas of a user, and the key under which an address is counted."""
