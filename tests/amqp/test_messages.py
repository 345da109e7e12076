"""The frames that publish a message are those that pamqp makes of it."""

import pytest
from aiormq import spec
from aiormq.abc import ChannelFrame
from hypothesis import given
from hypothesis import strategies as st
from pamqp.body import ContentBody
from pamqp.header import ContentHeader

from bitworks.amqp.messages import APP_ID, Address, BrokerMessage, frames

# pamqp refuses other exchanges, and leaves out what is empty.
exchanges = st.from_regex(r"[a-zA-Z0-9_.:-]{0,60}", fullmatch=True)
names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60)
addresses = st.builds(Address, exchanges, names, st.booleans())
messages = st.builds(
    BrokerMessage, names, st.binary(max_size=300), names, st.none() | st.floats(0.001, 1e6, allow_nan=False)
)


@given(channel=st.integers(1, 65_535), to=addresses, message=messages, most=st.integers(1, 200))
def test_they_are_those_of_pamqp(channel: int, to: Address, message: BrokerMessage, most: int) -> None:
    expires = message.expires
    properties = spec.Basic.Properties(
        message_id=message.id,
        content_type=message.content_type,
        expiration=None if expires is None else str(int(expires * 1000)),
        delivery_mode=2,
        app_id=APP_ID.decode(),
    )
    publish = spec.Basic.Publish(exchange=to.exchange, routing_key=to.routing_key, mandatory=to.mandatory)
    body = message.body
    pieces = [ContentBody(body[start : start + most]) for start in range(0, len(body), most)]
    parts = [publish, ContentHeader(properties=properties, body_size=len(body)), *pieces]
    expected = ChannelFrame.marshall(channel, parts).payload
    assert frames(channel, to, message, most) == expected


def test_a_name_that_is_too_long_for_the_protocol_is_refused() -> None:
    with pytest.raises(ValueError, match="256"):
        frames(1, Address("", "x" * 256), BrokerMessage("id", b"", "text/plain"), 100)
