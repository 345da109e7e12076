"""The record of a server's configuration, as doors show it."""

from dataclasses import dataclass
from typing import Literal

Answerer = Literal["none", "demo", "model"]
"""Who answers questions: nobody; the demonstration, which answers everything alike; a model or a workflow."""


@dataclass(frozen=True, slots=True)
class Config:
    """What a client needs to know of a server before anybody has signed in.

    `replies` says who answers questions: `none`, nobody; `demo`, the demonstration, which stands in until a model is
    connected; `model`, a model or a workflow.
    """

    version: str
    """The version of the program."""
    site_name: str
    """What people call this server."""
    registration: Literal["open", "closed"]
    """Whether anyone may make an account."""
    password_login: bool
    """Whether one signs in by a password."""
    replies: Answerer
    """Who answers questions."""
