"""The Socket.IO door: a namespace per user, in which everything of the user is pushed live."""
