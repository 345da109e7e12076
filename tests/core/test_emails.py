"""One person has one address, however it is typed."""

import pytest

from bitworks.core.emails import EMAIL_LIMIT, canonical_email, email_spellings


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


def test_a_text_that_grows_beyond_any_address_is_looked_for_as_it_was_typed_alone() -> None:
    """Eighteen letters each, with hundreds of different ones, took the loop for seconds when put into ASCII."""
    typed = "a@" + "\ufdfa" * (EMAIL_LIMIT // 18 + 1)
    assert len(canonical_email(typed)) > EMAIL_LIMIT
    assert email_spellings(typed) == [typed.casefold()]


def test_a_label_that_no_domain_can_have_is_not_put_into_ascii() -> None:
    assert email_spellings("a@" + "書" * 63)[1:] == ["a@xn--" + ("書" * 63).encode("punycode").decode()]
    assert email_spellings("a@" + "書" * 64) == ["a@" + "書" * 64]
