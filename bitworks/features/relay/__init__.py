"""The relay: every change of every user, and of their accounts, as an event at a broker."""
