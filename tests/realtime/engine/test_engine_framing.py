"""Wire formats without a wire."""

import json
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bitworks.realtime.engine import Frame
from bitworks.realtime.engine.errors import FramingError, PacketError
from bitworks.realtime.engine.framing import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    TEXT,
    FrameReader,
    frame,
    unmask,
)
from bitworks.realtime.engine.packets import decode
from bitworks.realtime.engine.payload import decode_payload, encode_payload

KEY = b"\x12\x34\x56\x78"


def masked(opcode: int, payload: bytes, final: bool = True) -> bytes:
    """A frame as a client sends it."""
    wire = bytearray(frame(opcode, payload))
    wire[0] = (0x80 if final else 0) | opcode
    start = len(wire) - len(payload)
    wire[1] |= 0x80
    return bytes(wire[:start]) + KEY + unmask(payload, KEY)


def read_all(reader: FrameReader) -> list[tuple[int, bytes]]:
    messages = []
    while (message := reader.next()) is not None:
        messages.append(message)
    return messages


@given(st.lists(st.binary(max_size=300)), st.integers(1, 50))
def test_messages_survive_any_cut_of_the_stream(payloads: list[bytes], cut: int) -> None:
    stream = b"".join(masked(BINARY, payload) for payload in payloads)
    reader = FrameReader(1000)
    received = []
    for start in range(0, len(stream), cut):
        reader.feed(stream[start : start + cut])
        received += read_all(reader)
    assert received == [(BINARY, payload) for payload in payloads]


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536, 1_000_000])
def test_every_length_form_is_read(size: int) -> None:
    reader = FrameReader(1_000_000)
    reader.feed(masked(TEXT, b"x" * size))
    assert read_all(reader) == [(TEXT, b"x" * size)]


def test_fragments_are_joined_and_control_frames_pass_between_them() -> None:
    reader = FrameReader(100)
    reader.feed(masked(TEXT, b"a", False) + masked(PING, b"p") + masked(CONTINUATION, b"b", False))
    assert read_all(reader) == [(PING, b"p")]
    reader.feed(masked(CONTINUATION, b"c"))
    assert read_all(reader) == [(TEXT, b"abc")]


@pytest.mark.parametrize(
    ("stream", "code"),
    [
        (frame(TEXT, b"not masked"), 1002),
        (b"\xf1\x80" + KEY, 1002),
        (masked(0x3, b""), 1002),
        (masked(PING, b"", False), 1002),
        (masked(CLOSE, b"x" * 126), 1002),
        (masked(CONTINUATION, b"x"), 1002),
        (masked(TEXT, b"x", False) + masked(TEXT, b"y"), 1002),
        (masked(TEXT, b"x" * 101), 1009),
        (masked(TEXT, b"x" * 60, False) + masked(CONTINUATION, b"y" * 60), 1009),
        (b"\x81\xff" + struct.pack("!Q", 2**63), 1009),
    ],
)
def test_a_broken_stream_is_refused_with_its_code(stream: bytes, code: int) -> None:
    reader = FrameReader(100)
    reader.feed(stream)
    with pytest.raises(FramingError) as refused:
        read_all(reader)
    assert refused.value.code == code


def test_a_frame_is_the_same_packet_for_both_transports() -> None:
    event = Frame.event("/users/ñ", "e", {"a": 1}, "x")
    body = b'42/users/\xc3\xb1,["e",{"a":1},"x"]'
    assert event.wire == bytes((0x81, len(body))) + body
    assert bytes(event.polling) == body
    assert event.size == len(body) - 1
    assert Frame.event("/", "e").wire[2:] == b'42["e"]'


def test_an_attachment_is_raw_on_a_websocket_and_base64_in_a_poll() -> None:
    attachment = Frame.encoded(b"\x01\x02\x03\x04")
    assert attachment.wire == b"\x82\x04\x01\x02\x03\x04"
    assert encode_payload([Frame.encoded("2[]"), attachment]) == b"42[]\x1ebAQIDBA=="


def test_a_payload_stops_at_its_first_bad_packet() -> None:
    packets = decode_payload(b"4a\x1ebAQ==\x1ezz\x1e4b")
    assert [next(packets).data, next(packets).data] == ["a", b"\x01"]
    with pytest.raises(PacketError):
        next(packets)


def test_a_request_of_separators_is_refused_at_once() -> None:
    with pytest.raises(PacketError):
        next(decode_payload(b"\x1e" * 1_000_000))


@given(st.text(max_size=60) | st.from_regex(r"[0-6]([0-9]{0,5}-)?(/[a-z]{0,3},?)?[0-9]{0,20}[\[{\"].{0,20}"))
def test_any_text_is_a_packet_or_refused(text: str) -> None:
    try:
        packet = decode(text, json.loads)
    except PacketError:
        return
    assert packet.namespace.startswith("/")
    assert packet.id is None or 0 <= packet.id < 2**53


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('2["e"]', (2, "/", None, ["e"])),
        ('2/a?b=c,12["e",1]', (2, "/a", 12, ["e", 1])),
        ("0", (0, "/", None, None)),
        ("0/a", (0, "/a", None, None)),
        ("1/a,", (1, "/a", None, None)),
        ("3/a,0[]", (3, "/a", 0, [])),
    ],
)
def test_packets_are_taken_apart(text: str, expected: tuple[Any, ...]) -> None:
    packet = decode(text, json.loads)
    assert (packet.type, packet.namespace, packet.id, packet.data) == expected
