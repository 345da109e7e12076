"""What errors say."""

import pytest

from bitworks.core.errors import in_words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "in a second"),
        (40, "in 40 seconds"),
        (58, "in a minute"),
        (61, "in a minute"),
        (100, "in 2 minutes"),
        (897, "in 15 minutes"),
        (3534, "in an hour"),
        (3600, "in an hour"),
        (7000, "in 2 hours"),
    ],
)
def test_a_time_to_wait_is_said_as_a_person_would(seconds: int, words: str) -> None:
    assert in_words(seconds) == words
