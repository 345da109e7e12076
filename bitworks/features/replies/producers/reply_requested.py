"""What a workflow or a worker is sent: the question, what a model is given, and where the reply goes."""

from typing import Literal

from typing_extensions import TypedDict

from bitworks.core.encoding import rfc3339
from bitworks.core.ids import ConversationId, MessageId, UserId
from bitworks.features.history.records import Message, ModelParameters
from bitworks.features.replies.producers.chat_messages import ChatMessage, chat_message
from bitworks.features.replies.producers.producer import ReplyRequest


class ReplyCallback(TypedDict):
    """How a workflow replies later: under the token, to the two URLs."""

    message_id: MessageId
    """The message to fill."""
    token: str
    """The JWT that authorises this reply alone."""
    append_url: str
    """Where text is added to it."""
    finish_url: str
    """Where it is ended."""


class ReplyRequestedData(TypedDict):
    """The data of `reply.requested`: the question, what a model is given, and where the reply goes."""

    user_id: UserId
    """The user who asked."""
    conversation_id: ConversationId
    """The conversation of the question."""
    message: Message
    """The question."""
    window: list[ChatMessage]
    """The messages that a model is given, oldest first."""
    parameters: ModelParameters
    """Those of the conversation's context; empty for none."""
    reply: ReplyCallback
    """Where the reply goes."""


class ReplyRequested(TypedDict):
    """The body of a request, as Standard Webhooks has it. `timestamp` is that of the question, in RFC 3339."""

    type: Literal["reply.requested"]
    """The name of the event."""
    timestamp: str
    """The time of the question, in RFC 3339."""
    data: ReplyRequestedData
    """What the event is about."""


def reply_requested(request: ReplyRequest, public_url: str) -> ReplyRequested:
    """The body of a request. `public_url` is the address of this server for whoever replies, without a slash."""
    callback = f"{public_url}/messages/{request.message_id}"
    return {
        "type": "reply.requested",
        "timestamp": rfc3339(request.question.timestamp),
        "data": {
            "user_id": request.user_id,
            "conversation_id": request.conversation_id,
            "message": request.question,
            "window": [chat_message(turn) for turn in request.turns],
            "parameters": request.parameters,
            "reply": {
                "message_id": request.message_id,
                "token": request.token,
                "append_url": f"{callback}/append",
                "finish_url": f"{callback}/finish",
            },
        },
    }
