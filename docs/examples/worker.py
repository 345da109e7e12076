"""Answers questions from the queue: AMQP_URL=amqp://… python worker.py"""

import asyncio
import json
import os

import aio_pika
import aiohttp

DONE = {401, 404, 409}  # too late, deleted, or ended: nobody waits for this answer any more


async def words(window):
    """Here your model writes."""
    for word in f"You said: {window[-1]['content']}".split():
        yield word + " "


async def answer(http, data, again):
    """Writes one answer. What another worker has begun is left to it, or ended if the question comes `again`."""
    reply, offset = data["reply"], 0
    http.headers["Authorization"] = f"Bearer {reply['token']}"
    begun = await post(http, reply["append_url"], text="")
    if begun and again:  # by a worker that has died, or has stopped
        await post(http, reply["finish_url"], status="failed")
    if begun != 0:
        return
    async for text in words(data["window"]):
        if await post(http, reply["append_url"], text=text, offset=offset) is None:
            return
        offset += len(text.encode("utf-16-le")) // 2
    await post(http, reply["finish_url"], status="complete")


async def post(http, url, **body):
    """Gives the length of the answer; None if nobody waits for it any more."""
    async with http.post(url, json=body) as response:
        if response.status in DONE:
            return None
        response.raise_for_status()
        return (await response.json()).get("length", 0)


async def main():
    """Takes one question at a time until it is stopped, or the broker is lost."""
    connection = await aio_pika.connect(os.environ["AMQP_URL"])
    async with connection, connection.channel() as channel, aiohttp.ClientSession() as http:
        lost = asyncio.ensure_future(channel.closed())
        await channel.set_qos(prefetch_count=1)
        queue = await channel.get_queue("bitworks.replies")
        async with queue.iterator() as messages:
            async for message in messages:
                async with message.process(requeue=True):
                    data = json.loads(message.body)["data"]
                    writing = asyncio.ensure_future(answer(http, data, message.redelivered))
                    await asyncio.wait([writing, lost], return_when=asyncio.FIRST_COMPLETED)
                    if lost.done():  # the broker gives the question to another worker
                        writing.cancel()
                    await writing


if __name__ == "__main__":
    asyncio.run(main())
