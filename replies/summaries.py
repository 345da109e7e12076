"""Writing the running summary of what fell out of a window, in the background, once an answer has ended.

Nothing remembers that one is due: the window says so. So what was cut off by a failure, or by the end of a
process, is written after the next answer.
"""

from dataclasses import dataclass

import structlog

from commands import summaries, windows
from commands.producer import ProducerFailed, Turn
from commands.services import Services
from domain.errors import DomainError
from domain.ids import ConversationId, UserId
from domain.records import Context, Json
from domain.summaries import Span, due
from domain.window import Window

log = structlog.get_logger(__name__)

WISH = (
    "Below is the beginning of a conversation, which its participants can no longer see. Write a summary "
    "that stands for it, in its own language: facts, names, decisions, open questions, what the user wishes. "
    "At most {words} words. Answer with the summary and nothing else."
)
SO_FAR = "The summary of what came before:\n\n"
PAGE = 100  # messages
# Of the window's budget: what one summary is made of, and how long it may be.
SHARE_OF_TEXT, SHARE_OF_SUMMARY = 2, 8
CHARACTERS_OF_A_TOKEN = 4
LEAST = 64  # tokens


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Messages to be summarised, as text, and the position up to which they go."""

    text: str
    through: int


class Summariser:
    """Works on a conversation at most once at a time."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._under_way: set[ConversationId] = set()

    async def bring_up_to_date(self, user_id: UserId, conversation_id: ConversationId) -> None:
        """Writes what is due, a part at a time. What fails is left to the next time."""
        if conversation_id in self._under_way:
            return
        self._under_way.add(conversation_id)
        try:
            while await self._write_next(user_id, conversation_id):
                pass
        except (ProducerFailed, DomainError) as error:
            log.info("summary_not_written", error=type(error).__name__)
        finally:
            self._under_way.discard(conversation_id)

    async def _write_next(self, user_id: UserId, conversation_id: ConversationId) -> bool:
        """Whether there was something to write, and somebody who wrote it."""
        context = await self._services.storage.contexts.find(user_id, conversation_id)
        if context is None or (context.context_window or {}).get("strategy") != "summary":
            return False
        window = await windows.of_conversation(self._services, user_id, conversation_id)
        span = due(window, context.summary["through_position"] if context.summary else 0)
        if span is None:
            return False
        excerpt = await self._excerpt(user_id, conversation_id, window, span)
        text = await self._thought(context, window, excerpt.text)
        if not text:
            return False
        await summaries.store(self._services, user_id, conversation_id, text, excerpt.through)
        return True

    async def _excerpt(
        self, user_id: UserId, conversation_id: ConversationId, window: Window, span: Span
    ) -> Excerpt:
        """As much from the beginning of the span as one summary can be made of; what is in anyway is not."""
        page = await self._services.storage.messages.page_after(user_id, conversation_id, span.after, PAGE)
        shown = {message.id for message in window.messages}
        room = _characters(window.budget // SHARE_OF_TEXT)
        lines: list[str] = []
        through = span.after
        for message in page.rows:
            if message["position"] > span.until:
                return Excerpt("\n\n".join(lines), span.until)
            if message["id"] not in shown and message["status"] != "streaming":
                line = f"{message['role']}: {message['content']}"[:room]
                if sum(map(len, lines)) + len(line) > room:
                    return Excerpt("\n\n".join(lines), through)
                lines.append(line)
            through = message["position"]
        return Excerpt("\n\n".join(lines), through if page.more else span.until)

    async def _thought(self, context: Context, window: Window, text: str) -> str | None:
        if not text:
            return context.summary["text"] if context.summary else None
        tokens = max(window.budget // SHARE_OF_SUMMARY, LEAST)
        before = [f"{SO_FAR}{context.summary['text']}"] if context.summary else []
        request = "\n\n".join((WISH.format(words=tokens // 2), *before, text))
        model = (context.parameters or {}).get("model")
        parameters: Json = {"max_output_tokens": tokens, **({"model": model} if model else {})}
        summary = await self._services.producer.complete([Turn("user", request)], parameters)
        return summary and summary.replace("\x00", "").strip()[: _characters(tokens)]


def _characters(tokens: int) -> int:
    return max(tokens, LEAST) * CHARACTERS_OF_A_TOKEN
