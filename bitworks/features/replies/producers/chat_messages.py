"""Turns as Chat Completions has them, which is also the shape that workflows are sent."""

from typing import NotRequired

from typing_extensions import TypedDict

from bitworks.features.history.records import Role
from bitworks.features.replies.producers.producer import Turn


class ChatMessage(TypedDict):
    """A message as a model or a workflow is sent it."""

    role: Role
    """The role of the message."""
    content: str
    """Its text."""
    tool_calls: NotRequired[object]
    """The calls of an assistant, each of which is answered by one of the messages behind it."""
    tool_call_id: NotRequired[object]
    """The call that a message of a tool answers."""


def chat_message(turn: Turn) -> ChatMessage:
    """Returns a turn in that shape."""
    message = ChatMessage(role=turn.role, content=turn.content)
    if turn.role == "assistant" and "tool_calls" in turn.metadata:
        message["tool_calls"] = turn.metadata["tool_calls"]
    if turn.role == "tool":
        message["tool_call_id"] = turn.metadata.get("tool_call_id")
    return message
