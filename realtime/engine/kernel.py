"""What the operating system knows about a connection and asyncio does not."""

import asyncio
import fcntl
import struct
import termios


def unacknowledged(transport: asyncio.Transport) -> int:
    """Bytes the kernel took and the peer's kernel has not acknowledged yet; 0 where it does not tell.

    A slow reader shows here long before the socket becomes writable again, which takes about a third of the
    kernel's buffer. Without it, a loopback client reading 2 MB/s showed no progress within 0.1 s.
    """
    sock = transport.get_extra_info("socket")
    if sock is None or sock.fileno() < 0:
        return 0
    try:
        answer = fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, b"\0\0\0\0")
    except OSError:
        return 0
    (waiting,) = struct.unpack("i", answer)
    return int(waiting)
