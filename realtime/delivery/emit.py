"""The one function that sends packets to devices."""

from collections.abc import Iterable

from bitworks.realtime.delivery.device import Device
from bitworks.realtime.engine import Frame

_MESSAGE = b"4"  # the type of the Engine.IO packet that a Socket.IO packet is carried by


def emit(packet: bytes, devices: Iterable[Device]) -> None:
    """Sends an encoded packet to these devices: framed once, written to each. Never blocks."""
    frame = Frame.engine(_MESSAGE + packet)
    for device in devices:
        device.send(frame)
