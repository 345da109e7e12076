"""The inputs of the operations on replies."""

from pydantic import Field

from bitworks.core.inputs import ById
from bitworks.features.history.inputs import OnBusy


class MessageReply(ById):
    """A request for a reply to a message, or for another one to the same message."""

    on_busy: OnBusy = Field(default="reject", description="what to do if an answer is under way")
