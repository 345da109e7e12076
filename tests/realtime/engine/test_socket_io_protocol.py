"""The cases of the Socket.IO v5 protocol suite, each under its own name; its Engine.IO half is in the file beside."""

import json

import pytest

from bitworks.realtime.engine import AsyncServer
from tests.realtime.engine.engine_peers import Serve, Site, WebSocketPeer


async def test_the_main_namespace_is_joined(chat: Site) -> None:
    await assert_joined(chat, "/", None)


async def test_the_main_namespace_is_joined_with_a_payload(chat: Site) -> None:
    await assert_joined(chat, "/", {"token": "123"})


async def test_a_custom_namespace_is_joined(chat: Site) -> None:
    await assert_joined(chat, "/custom", None)


async def test_a_custom_namespace_is_joined_with_a_payload(chat: Site) -> None:
    await assert_joined(chat, "/custom", {"token": "abc"})


async def assert_joined(site: Site, namespace: str, auth: dict[str, str] | None) -> None:
    peer = await site.opened_websocket()
    joined = await peer.join(namespace, auth)
    assert joined.keys() == {"sid"}
    where = "" if namespace == "/" else namespace + ","
    assert await peer.next() == f'42{where}["auth",{json.dumps(auth or {}, separators=(",", ":"))}]'


async def test_an_unknown_namespace_is_refused(chat: Site) -> None:
    peer = await chat.opened_websocket()
    await peer.send("40/random")
    assert await peer.next() == '44/random,{"message":"Invalid namespace"}'


async def test_an_invalid_handshake_closes(chat: Site) -> None:
    peer = await chat.opened_websocket()
    await peer.send("4abc")
    await peer.closed()


async def test_a_transport_that_joins_nothing_is_closed(chat: Site) -> None:
    peer = await chat.opened_websocket()
    await peer.closed()
    assert chat.server.connections == {}


async def test_leaving_the_main_namespace_leaves_the_transport_open(chat: Site) -> None:
    peer = await greeted(chat)
    peer.heartbeat = False
    await peer.send("41")
    assert await peer.next() == "2"


async def test_a_custom_namespace_is_left_and_the_main_one_goes_on(chat: Site) -> None:
    peer = await greeted(chat)
    await peer.join("/custom")
    await peer.next()
    await peer.send("41/custom", '42["message","message to main namespace"]')
    assert await peer.next() == '42["message-back","message to main namespace"]'


async def test_a_left_namespace_can_be_joined_again(chat: Site) -> None:
    peer = await greeted(chat)
    await peer.send("41")
    assert (await peer.join()).keys() == {"sid"}


TWO_ATTACHMENTS = '{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}'


async def test_text_is_sent_and_received(chat: Site) -> None:
    await assert_answered(
        chat, ['42["message",1,"2",{"3":[true]}]'], ['42["message-back",1,"2",{"3":[true]}]']
    )


async def test_attachments_are_sent_and_received(chat: Site) -> None:
    await assert_answered(
        chat,
        [f'452-["message",{TWO_ATTACHMENTS}]', b"123", b"456"],
        [f'452-["message-back",{TWO_ATTACHMENTS}]', b"123", b"456"],
    )


async def test_text_is_acknowledged(chat: Site) -> None:
    await assert_answered(
        chat, ['42456["message-with-ack",1,"2",{"3":[false]}]'], ['43456[1,"2",{"3":[false]}]']
    )


async def test_attachments_are_acknowledged(chat: Site) -> None:
    await assert_answered(
        chat,
        [f'452-789["message-with-ack",{TWO_ATTACHMENTS}]', b"1", b""],
        [f"462-789[{TWO_ATTACHMENTS}]", b"1", b""],
    )


async def assert_answered(site: Site, sent: list[str | bytes], received: list[str | bytes]) -> None:
    peer = await greeted(site)
    await peer.send(*sent)
    assert [await peer.next() for _ in received] == received


async def test_an_unknown_packet_type_closes(chat: Site) -> None:
    await assert_closes(chat, ["4abc"])


async def test_an_event_that_is_no_list_closes(chat: Site) -> None:
    await assert_closes(chat, ["42{}"])


async def test_an_invalid_acknowledgement_id_closes(chat: Site) -> None:
    await assert_closes(chat, ['42abc["message-with-ack",1,"2",{"3":[false]}]'])


async def test_a_second_connect_to_a_joined_namespace_is_ignored(chat: Site) -> None:
    peer = await greeted(chat)
    await peer.send("40", '42["message","on"]')
    assert await peer.next() == '42["message-back","on"]'


@pytest.mark.parametrize(
    "packets",
    [
        ["4"],
        ["47"],
        ["42[]"],
        ["42[7]"],
        ["42"],
        ['4212345678901234567["message-with-ack",1]'],
        ['429007199254740992["message-with-ack",1]'],
        ['42["connect"]'],
        ['42["disconnect","x"]'],
        ['42["message"'],
        ["42[" + "[" * 100_000],
        ['42/custom,["message",1]'],
        ['42/nowhere,["message",1]'],
        ["40[]"],
        ['44{"message":"x"}'],
        ["41[]"],
        ["43[1]"],
        ["430{}"],
        ['45["message"]'],
        ['42-["message"]'],
        ['459999-["message"]'],
        ['4599999999999-["message"]'],
        [b"unasked"],
        ['451-["message",{"_placeholder":true,"num":0}]', '42["message"]'],
        ['451-["message",{"_placeholder":true,"num":1}]', b"x"],
        ['451-["message",{"_placeholder":true,"num":-1}]', b"x"],
        ['451-["message",{"_placeholder":true,"num":"0"}]', b"x"],
        ['451-["message",{"_placeholder":true}]', b"x"],
        ['450-["message",{"_placeholder":true,"num":0}]'],
    ],
)
async def test_any_other_invalid_packet_closes(chat: Site, packets: list[str | bytes]) -> None:
    await assert_closes(chat, packets)


async def assert_closes(site: Site, packets: list[str | bytes]) -> None:
    peer = await greeted(site)
    await peer.send(*packets)
    await peer.closed()
    assert site.server.connections == {}


async def test_attachments_count_towards_the_message_limit(serve: Serve) -> None:
    site = await serve(AsyncServer(max_http_buffer_size=1000))
    peer = await site.joined_websocket()
    await peer.send(
        '452-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]', b"a" * 600, b"b" * 600
    )
    await peer.closed()


async def greeted(site: Site) -> WebSocketPeer:
    """A websocket in the main namespace whose greeting has been read."""
    peer = await site.joined_websocket()
    assert await peer.next() == '42["auth",{}]'
    return peer
