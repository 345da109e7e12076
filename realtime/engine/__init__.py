"""A Socket.IO server that conforms to its protocols and sends each packet encoded once.

Drop-in for `socketio.AsyncServer` on aiohttp. It imports nothing else of this project.
"""

from realtime.engine.connection import Connection
from realtime.engine.errors import CloseTransport, RequestRefused, UnknownSession
from realtime.engine.frame import Frame
from realtime.engine.polling import read_body
from realtime.engine.server import AsyncServer
from realtime.engine.taps import ConnectionGone

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
