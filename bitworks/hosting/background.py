"""The background work of an instance: replies and summaries."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from bitworks.features.replies.request_reader import RequestReader
from bitworks.features.replies.run import RunDependencies
from bitworks.features.replies.summaries.worker import SummaryHandler, summary_worker
from bitworks.features.replies.summaries.writing import SummaryWriter
from bitworks.features.replies.titles import Titles
from bitworks.features.replies.worker import ReplyWorker
from bitworks.hosting.app import App
from bitworks.hosting.clock import new_id


@asynccontextmanager
async def reply_worker(app: App, slots: int) -> AsyncIterator[None]:
    """Works on replies, `slots` at once, and on summaries until the block ends."""
    stores, settings, clock = app.stores, app.settings, app.tuning.clock
    dependencies = RunDependencies(
        store=stores.replies,
        streaming=app.streaming,
        requests=RequestReader(
            stores.messages, stores.contexts, app.windows, app.secret, settings.webhook_timeout, clock
        ),
        titles=Titles(app.conversations, stores.messages, app.producer),
        producer=app.producer,
        retries=settings.reply_retries,
        now=clock,
    )
    name = new_id()
    worker = ReplyWorker(dependencies, app.fanout, app.publisher, name, slots, app.tuning.work)
    async with worker.running(), AsyncExitStack() as stack:
        if app.producer.can_complete:
            await stack.enter_async_context(_summary_worker(app, name))
        yield


@asynccontextmanager
async def _summary_worker(app: App, name: str) -> AsyncIterator[None]:
    stores = app.stores
    writer = SummaryWriter(
        stores.contexts, stores.messages, app.windows, app.counting, app.producer, app.summaries
    )
    handler = SummaryHandler(stores.summaries, writer, app.settings.reply_retries)
    async with summary_worker(handler, stores.summaries, name, app.tuning.work):
        yield
