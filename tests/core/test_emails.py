"""One person has one address, however it is typed."""

import pytest

from bitworks.core.emails import canonical_email, email_spellings


@pytest.mark.parametrize(
    "typed",
    [
        "josé@bücher.example",
        " JOSÉ@BÜCHER.Example\n",
        "jose\u0301@bu\u0308cher.example",
        "josé@xn--bcher-kva.example",
        "jose\u0301@XN--BCHER-KVA.example",
        "ｊｏｓé＠bücher.example",
    ],
)
def test_these_are_one_address(typed: str) -> None:
    assert canonical_email(typed) == "josé@bücher.example"


@pytest.mark.parametrize(
    "text", ["", "@", "ana", "ana@", "a@xn--", "a@xn--\xfc", "\ud800@\ud800", "a@xn--9999999999999999999"]
)
def test_what_is_no_address_has_spellings_too(text: str) -> None:
    assert email_spellings(text)


def test_an_account_is_looked_for_as_it_was_typed_first_and_in_each_form_it_may_have_been_kept_in() -> None:
    typed = "jose\u0301@xn--bcher-kva.example"
    assert email_spellings(typed) == [
        typed,
        "josé@bücher.example",
        "josé@xn--bcher-kva.example",
        "jose\u0301@bu\u0308cher.example",
    ]
    assert email_spellings("ana@example.org") == ["ana@example.org"]
