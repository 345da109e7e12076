"""Keeps a mirror of everything: AMQP_URL=amqp://… python mirror.py

With `--replayed` it is new, and waits for `bitworks relay replay --all`. It ends with an error when the broker goes
away; what starts it again has to keep its rows, as this example does not.
"""

import asyncio
import json
import os
import sys

import aio_pika


class Mirror:
    """The rows of every user at their last state, by kind and id.

    `replayed`: it is new, and all is told again for it. What comes of a user before that is left out.
    """

    def __init__(self, replayed=False):
        self.epoch, self.rows, self.seen, self.replayed = None, {}, {}, replayed

    def take(self, event):
        """Takes one event; those that are old, or come again, change nothing."""
        kind, action = event["type"].split(".")[1:]
        if kind == "epoch" and event["epoch"] != self.epoch:  # what was told before counts no more
            self.__init__()
        self.epoch = self.epoch or event["epoch"]
        user, sequence = event.get("partitionkey"), event.get("sequence", "")
        if event["epoch"] != self.epoch or sequence <= self.seen.get(user, ""):
            return
        if self.replayed and user not in self.seen and (kind, action) != ("user", "created"):
            return  # this user has not been told from the beginning yet
        self.seen[user] = sequence
        self._put(user, kind, action, event["data"])

    def _put(self, user, kind, action, row):
        rows = self.rows.setdefault(user, {})
        if kind == "user" and action == "deleted":
            del self.rows[user]
        elif action == "deleted":
            rows.pop((kind, row["id"]), None)
            if kind == "conversation":  # and all that it held
                for key in [key for key, one in rows.items() if one.get("conversation_id") == row["id"]]:
                    del rows[key]
        else:
            rows[kind, row["id"]] = row
        talk = rows.get(("conversation", row.get("conversation_id")))
        if kind == "message" and talk:  # which has no event of its own for that
            talk["updated_at"] = max(talk["updated_at"], row.get("timestamp", ""))


async def main(mirror):
    """Takes events until it is stopped, or the broker goes away."""
    connection = await aio_pika.connect(os.environ["AMQP_URL"])
    async with connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=500)
        queue = await channel.declare_queue("my-mirror", durable=True, arguments={"x-queue-type": "quorum"})
        # The relay makes it too: whoever comes first, so that nothing is told before there is a queue.
        events = await channel.declare_exchange("bitworks.events", "topic", durable=True)
        await queue.bind(events, "#")
        async with queue.iterator() as messages:
            async for message in messages:
                mirror.take(json.loads(message.body))
                await message.ack()  # once what was taken is kept
        raise ConnectionError("The broker went away.")


if __name__ == "__main__":
    asyncio.run(main(Mirror(replayed="--replayed" in sys.argv)))
