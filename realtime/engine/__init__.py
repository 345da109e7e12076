"""A Socket.IO server that conforms to its protocols and sends each packet encoded once.

Drop-in for `socketio.AsyncServer` on aiohttp. It imports nothing else of this project.
"""

from realtime.engine.connection import Connection
from realtime.engine.errors import CloseTransport
from realtime.engine.frame import Frame
from realtime.engine.server import AsyncServer

__all__ = ["AsyncServer", "CloseTransport", "Connection", "Frame"]
