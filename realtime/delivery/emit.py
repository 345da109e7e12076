"""Sending to devices: the one function through which everything that is pushed goes."""

from collections.abc import Iterable

from bitworks.realtime.delivery.device import Device
from bitworks.realtime.engine import Frame

_MESSAGE = b"4"


def emit(packet: bytes, devices: Iterable[Device]) -> None:
    """Sends a finished packet to these devices: framed once, written to each. Never blocks."""
    frame = Frame.engine(_MESSAGE + packet)
    for device in devices:
        device.connection.send(frame)
