"""What is generated is what is committed, and the golden frames are what a stock client reads."""

import json
from pathlib import Path

import pytest
from socketio.packet import EVENT, Packet

from tools.reference import GENERATED


@pytest.mark.parametrize("path", GENERATED, ids=lambda path: path.name)
def test_what_is_generated_is_up_to_date(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == GENERATED[path](), "run `make reference`"


def test_a_stock_client_reads_every_golden_frame(repository: Path) -> None:
    for frame in json.loads((repository / "tests/contract/frames.json").read_text(encoding="utf-8")):
        packet = Packet(encoded_packet=frame["packet"])
        assert packet.packet_type == EVENT
        assert packet.namespace == "/users/01890a5d-0000-7000-8000-000000000001"
        assert packet.data[:2] == [frame["event"], frame["data"]]
        assert packet.data[2:] == ([frame["cursor"]] if frame["cursor"] else [])


def test_only_revisioned_events_end_with_a_string(repository: Path) -> None:
    """The stock client takes the last string of any event for its offset."""
    for frame in json.loads((repository / "tests/contract/frames.json").read_text(encoding="utf-8")):
        revisioned = frame["event"] == "synced" or "revision" in frame["data"]
        assert (frame["cursor"] is not None) == revisioned
