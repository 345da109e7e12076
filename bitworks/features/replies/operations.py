"""The operations on replies."""

from bitworks.core.bounds import TINY
from bitworks.core.errors import Busy, NoProducer, NotFound, RateLimited
from bitworks.core.inputs import Nothing
from bitworks.core.operations import READ, Operation, created, value
from bitworks.features.history.records import AskedMessage
from bitworks.features.models.models import Model
from bitworks.features.replies.inputs import MessageReply
from bitworks.features.replies.replies import Replies

OPERATIONS = (
    Operation(
        "message:reply", "Ask for an answer to a message, or for another one",
        Replies.reply, MessageReply, created(AskedMessage),
        rest="POST /messages/{id}/reply", event=True, errors=(NotFound, Busy, NoProducer, RateLimited),
        bound=TINY,
    ),
    Operation(
        "model:list", "What `parameters.model` may be",
        Replies.models, Nothing, value(list[Model]),
        rest="GET /models", scopes=READ, bound=TINY,
    ),
)  # fmt: skip
