"""Facts about a connection that asyncio does not offer, from the operating system."""

import asyncio
import fcntl
import struct
import termios


def unacknowledged(transport: asyncio.Transport) -> int:
    """Returns the bytes that the kernel has taken and the peer's has not acknowledged; 0 if not available.

    The progress of a slow reader shows here long before the socket becomes writable again, for which about a
    third of the kernel's buffer must be free. Without it, a loopback client reading 2 MB/s showed no progress
    within 0.1 s.
    """
    sock = transport.get_extra_info("socket")
    if sock is None or sock.fileno() < 0:
        return 0
    try:
        result = fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, b"\0\0\0\0")
    except OSError:
        return 0
    (waiting,) = struct.unpack("i", result)
    return int(waiting)
