"""Who may come in, and for how long: accounts, sessions, tokens, passwords."""
