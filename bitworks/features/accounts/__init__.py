"""Authentication: accounts, sessions, tokens, passwords."""
