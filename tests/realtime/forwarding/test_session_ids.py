import pytest

from bitworks.realtime.forwarding.session_ids import Owner, owner_of, sign_session_id

SECRET = "a secret"


@pytest.mark.parametrize("owner", [Owner("0a1b2c", 0), Owner("http://10.0.0.7:8000", 63)])
def test_an_id_leads_to_its_owner(owner: Owner) -> None:
    assert owner_of(SECRET, sign_session_id(SECRET, owner, b"random")) == owner


def test_an_id_that_was_touched_anywhere_leads_nowhere() -> None:
    sid = sign_session_id(SECRET, Owner("http://10.0.0.7:8000", 1), b"random")
    for at in range(len(sid)):
        touched = sid[:at] + ("A" if sid[at] != "A" else "B") + sid[at + 1 :]
        assert owner_of(SECRET, touched) is None
        assert owner_of(SECRET, sid[:at]) is None


@pytest.mark.parametrize("text", ["", ".", "..", "é.é.é", "\ud800", "a.b.c.d"])
def test_what_is_no_id_leads_nowhere(text: str) -> None:
    assert owner_of(SECRET, text) is None


def test_another_secret_makes_other_signatures() -> None:
    assert owner_of("another", sign_session_id(SECRET, Owner("x", 0), b"random")) is None
