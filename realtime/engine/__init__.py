"""A Socket.IO server that conforms to its protocols and encodes each packet once.

Drop-in for `socketio.AsyncServer` on aiohttp. It imports nothing else of this project. From the socket up:

    framing, websocket, flush, kernel      WebSocket frames, and the transport that reads and writes them
    payload, polling, protocol_proxy       polling payloads, and the transport that HTTP requests make
    upgrade                                from the second to the first, with no packet out of order
    drain, heartbeat, receive_queue        back-pressure and signs of life, on either transport
    connection                             the Engine.IO session that these make up
    handshake, origins, responses          the Engine.IO server: which request becomes, or reaches, a session
    sessions                               how sessions begin, are sent to, and end
    inflow                                 on how many connections of one owner much may be on its way
    unproved                               how many sessions a stranger may have, and with what bounds
    frame, packets, client, rooms          Socket.IO packets, and the sockets of a connection and of a room
    server, errors                         the Socket.IO server, and what any of these raise
"""

from bitworks.realtime.engine.connection import Connection
from bitworks.realtime.engine.errors import CloseTransport, LengthRequired, RequestRefused, UnknownSession
from bitworks.realtime.engine.frame import Frame
from bitworks.realtime.engine.origins import ANY_PORT, is_among, parse_origin
from bitworks.realtime.engine.protocol_proxy import ConnectionGone
from bitworks.realtime.engine.server import AsyncServer
from bitworks.realtime.engine.unproved import CountedAs
from bitworks.realtime.engine.websocket import is_handshake

__all__ = [
    "ANY_PORT",
    "AsyncServer",
    "CloseTransport",
    "Connection",
    "ConnectionGone",
    "CountedAs",
    "Frame",
    "LengthRequired",
    "RequestRefused",
    "UnknownSession",
    "is_among",
    "is_handshake",
    "parse_origin",
]
