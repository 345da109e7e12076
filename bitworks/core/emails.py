"""Email addresses: the one spelling by which an account is known, and those by which it may have been known before."""

from unicodedata import normalize

PUNYCODE = "xn--"
"""What a label of a domain begins with that is written in ASCII for one in Unicode (RFC 5890)."""


def canonical_email(text: str) -> str:
    """Returns the spelling of an address: trimmed, without case, composed, its domain in Unicode.

    So `JOSÉ@xn--bcher-kva.example` is `josé@bücher.example`. Any text has one, addresses or not.
    """
    local, at, domain = normalize("NFKC", text.strip()).rpartition("@")
    labels = [_in_unicode(label) for label in domain.split(".")]
    return normalize("NFKC", (local + at + ".".join(labels)).casefold())


def email_spellings(text: str) -> list[str]:
    """Returns the spellings under which the account of an address may be kept, first the one that was typed.

    Accounts of before addresses had one spelling are kept as they were typed then, in any of these.
    """
    canonical = canonical_email(text)
    local, at, domain = canonical.rpartition("@")
    in_ascii = local + at + ".".join(_in_ascii(label) for label in domain.split("."))
    composed = [canonical, in_ascii]
    apart = [normalize("NFD", one) for one in composed]
    return list(dict.fromkeys([text.strip().casefold(), *composed, *apart]))


def _in_unicode(label: str) -> str:
    if not label.casefold().startswith(PUNYCODE):
        return label
    try:
        return label[len(PUNYCODE) :].encode("ascii").decode("punycode")
    except UnicodeError:
        return label


def _in_ascii(label: str) -> str:
    try:
        return label if label.isascii() else PUNYCODE + label.encode("punycode").decode("ascii")
    except UnicodeError:
        return label  # half of a surrogate pair
