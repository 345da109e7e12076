"""Writes the running summary of the messages that fell out of a window, a part at a time.

The request of one part is the prompt, the summary so far and the messages; with the new summary it fits into the
model's window, counted as the conversation is. Each line ends before a letter that follows a newline, where no token
reaches across: so the tokens of the lines add up to those of the request.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from bitworks.core.ids import ConversationId, UserId
from bitworks.features.history.records import (
    Context,
    MessageJson,
    ModelParameters,
    model_parameters,
    window_settings,
)
from bitworks.features.history.store.contexts import ContextStore
from bitworks.features.history.store.messages import MessageStore
from bitworks.features.models.counting import Counting
from bitworks.features.replies.producers.producer import Producer, Turn
from bitworks.features.replies.summaries.due import Room, Span, due, room_for
from bitworks.features.replies.summaries.summaries import Summaries
from bitworks.features.window.window import Window
from bitworks.features.window.windows import Windows

PROMPT = (
    "Below is the beginning of a conversation, which its participants can no longer see. Write a summary "
    "that stands for it, in its own language: facts, names, decisions, open questions, what the user wishes. "
    "At most {words} words. Answer with the summary and nothing else."
)
SUMMARY_HEADING = "The summary of what came before:\n\n"
PAGE = 100  # messages read at once


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Messages to be summarised, as text, and `through`, the position of the last of them."""

    text: str
    """The messages, a paragraph each."""
    through: int
    """The position of the last of them."""


@dataclass(frozen=True, slots=True)
class SummaryWriter:
    """Has the producer write summaries, and keeps these."""

    contexts: ContextStore
    """Reads the settings and the summary so far."""
    messages: MessageStore
    """Reads the messages of a span."""
    windows: Windows
    """Reads what fell out."""
    counting: Counting
    """Counts the tokens of a request."""
    producer: Producer
    """Writes the text."""
    summaries: Summaries
    """Keeps the summary."""

    async def write_next(self, user_id: UserId, conversation_id: ConversationId) -> bool:
        """Writes the next part; false if there is none. Raises `ProducerFailed`, `NotFound`, `WindowTooSmall`."""
        context = await self.contexts.find(user_id, conversation_id)
        if context is None or window_settings(context).get("strategy") != "summary":
            return False
        window = await self.windows.of_conversation(user_id, conversation_id, context)
        span = due(window, context.summary["through_position"] if context.summary else 0)
        return span is not None and await _Part(self, user_id, context, window, span).write()


@dataclass(frozen=True, slots=True)
class _Part:
    """One part, from the messages of a span to the summary that stands for them."""

    writer: SummaryWriter
    user_id: UserId
    context: Context
    window: Window
    span: Span

    @property
    def model(self) -> str | None:
        return model_parameters(self.context).get("model")

    async def write(self) -> bool:
        room = room_for(self.window)
        opening = self._opening(room)
        left = room.left_beside(await self._count(opening))
        excerpt = await self._excerpt(left)
        text = await self._ask_producer(opening + excerpt.text, room) if excerpt.text else None
        if not text:
            return False
        conversation_id = self.context.conversation_id
        await self.writer.summaries.keep(self.user_id, conversation_id, text, excerpt.through)
        return True

    def _opening(self, room: Room) -> str:
        before = f"{SUMMARY_HEADING}{self.context.summary['text']}\n\n" if self.context.summary else ""
        return f"{PROMPT.format(words=room.summary // 2)}\n\n{before}"

    async def _excerpt(self, left: int) -> Excerpt:
        """The first messages of the span, of at most `left` tokens, without those that are in the window.

        It ends before a message that streams. A first message that is longer than the room is cut.
        """
        shown = {message.id for message in self.window.messages}
        lines: list[str] = []
        through = self.span.after
        async for message in self._messages():
            if message["status"] == "streaming":
                return Excerpt("".join(lines), through)
            if message["id"] not in shown and message["content"].strip():
                line = f"{message['role']}: {message['content']}\n\n"
                tokens = await self._count(line)
                if tokens > left and lines:
                    return Excerpt("".join(lines), through)
                lines.append(line if tokens <= left else await self._cut(line, left))
                left -= tokens
            through = message["position"]
        return Excerpt("".join(lines), self.span.until)

    async def _messages(self) -> AsyncIterator[MessageJson]:
        """The messages of the span, in order."""
        conversation_id, after, more = self.context.conversation_id, self.span.after, True
        while more:
            page = await self.writer.messages.page_after(self.user_id, conversation_id, after, PAGE)
            for message in page.rows:
                if message["position"] > self.span.until:
                    return
                yield message
                after = message["position"]
            more = page.more

    async def _ask_producer(self, request: str, room: Room) -> str | None:
        parameters: ModelParameters = {"max_output_tokens": room.summary}
        if self.model:
            parameters["model"] = self.model
        text = await self.writer.producer.complete([Turn("user", request)], parameters)
        return text and await self._cut(text.replace("\x00", "").strip(), room.summary)

    async def _cut(self, text: str, room: int) -> str:
        """The beginning of a text, of at most `room` tokens."""
        while (tokens := await self._count(text)) > room:
            text = text[: len(text) * room // tokens]
        return text

    async def _count(self, text: str) -> int:
        return (await self.writer.counting.count(text, self.model)).tokens
