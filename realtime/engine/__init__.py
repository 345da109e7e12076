"""A Socket.IO server that conforms to its protocols and sends each packet encoded once.

Drop-in for `socketio.AsyncServer` on aiohttp. It imports nothing else of this project.
"""

from bitworks.realtime.engine.connection import Connection
from bitworks.realtime.engine.errors import CloseTransport, RequestRefused, UnknownSession
from bitworks.realtime.engine.frame import Frame
from bitworks.realtime.engine.polling import read_body
from bitworks.realtime.engine.protocol_proxy import ConnectionGone
from bitworks.realtime.engine.server import AsyncServer

__all__ = [
    "AsyncServer",
    "CloseTransport",
    "Connection",
    "ConnectionGone",
    "Frame",
    "RequestRefused",
    "UnknownSession",
    "read_body",
]
