"""The rows of the table: what is measured, for whom, and the bar that ours has to pass."""

from bench.rows.answers import ANSWERS
from bench.rows.browser import BROWSER
from bench.rows.first_words import FIRST_WORDS
from bench.rows.flat import FLAT
from bench.rows.followers import FOLLOWERS
from bench.rows.growth import GROWTH
from bench.rows.live import LIVE
from bench.rows.reads import READS
from bench.rows.relay import RELAY
from bench.rows.row import Bar, Form, Row

# By worth, for a run that is cut short; what leaves a million messages in the database comes last.
ORDER = (
    "fan-out", "fan-out-busy", "write-64", "write-256", "one-writer", "pace-500", "post", "get", "streams",
    "storm", "memory", "streams-20", "catch-up", "list", "elsewhere", "beat", "bytes", "stop", "first-word",
    "window", "relay-500", "relay-backlog", "relay-cost", "due-users",
    "pages", "first-paint", "scrolling", "flat-messages", "flat-devices", "flat-users", "flat-conversations",
    "flat-instances",
)  # fmt: skip
ROWS = sorted(
    (*LIVE, *READS, *GROWTH, *ANSWERS, *FIRST_WORDS, *BROWSER, *FLAT, *RELAY, *FOLLOWERS),
    key=lambda row: ORDER.index(row.name),
)

__all__ = ["ROWS", "Bar", "Form", "Row"]
