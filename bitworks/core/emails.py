"""Email addresses: the one spelling by which an account is known, and those by which it may have been known before."""

from unicodedata import normalize

EMAIL_LIMIT = 254
"""Characters of an email address, at most: what SMTP allows."""
LABEL_LIMIT = 63
"""Characters of a label of a domain, at most: what DNS allows."""
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

    Accounts of before addresses had one spelling are kept as they were typed then, in any of these. What is too long
    for an address in its one spelling, where a character may be eighteen, has no other than the typed.
    """
    canonical = canonical_email(text)
    if len(canonical) > EMAIL_LIMIT:
        return [text.strip().casefold()]
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
    # Punycode takes time that grows with the square of the length.
    if label.isascii() or len(label) > LABEL_LIMIT:
        return label
    try:
        return PUNYCODE + label.encode("punycode").decode("ascii")
    except UnicodeError:
        return label  # half of a surrogate pair
