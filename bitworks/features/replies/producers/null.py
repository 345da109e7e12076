"""The producer of a server that has none: requests from before it was turned off fail."""

from collections.abc import AsyncIterator, Sequence

from bitworks.features.history.records import ModelParameters
from bitworks.features.models.models import Model
from bitworks.features.replies.producers.producer import Output, ProducerFailed, ReplyRequest, Turn


class NullProducer:
    """Fails every reply."""

    can_reply = False
    can_complete = False
    keeps_dead_letters = False

    async def reply(self, request: ReplyRequest) -> AsyncIterator[Output]:
        """Raises `ProducerFailed`."""
        raise ProducerFailed("no_producer", "Nobody answers on this server any more.")
        yield ""  # never reached: it makes this function an iterator

    async def complete(self, turns: Sequence[Turn], parameters: ModelParameters) -> str | None:
        """None: it writes no titles and no summaries."""
        return None

    async def models(self) -> list[Model]:
        """None at all."""
        return []

    async def close(self) -> None:
        """Does nothing: it has no connections."""
