"""Text as it is searched: without case, accents and forms that a reader takes for the same.

The same rule is `client/react/src/fold.ts`; `tests/contract/folding.json` has cases that both are held to.
"""

import re
from unicodedata import normalize

# Marks of Latin, Greek and Cyrillic letters, Arabic vowel signs and the stroke that only widens a word, Hebrew points,
# and characters that show nothing. Any other mark makes another letter or syllable: the two dots of kana, and what
# stands around a letter in the scripts of India and South-East Asia.
_DROPPED = re.compile(
    "[\u00ad\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061c\u0640"
    "\u064b-\u0652\u0656-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u08d3-\u08ff"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u202a-\u202e\u2060-\u2069\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\ufeff]+"
)
# Not `\s`, by which Python and JavaScript do not mean the same.
_SPACE = re.compile("[\t-\r\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
# Letters that are written for others, and have no decomposition; and the sigma at the end of a word.
_WRITTEN_FOR = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "ł": "l",
        "ŧ": "t",
        "þ": "th",
        "ı": "i",
        "ς": "σ",
    }
)


def fold(text: str) -> str:
    """Returns the text as it is searched; words are found in a text if their folded form is in its folded form.

    Two texts that differ in case, width, ligatures, white space, or accents alone have one form.
    """
    # By way of capitals: what has several small forms has one of those.
    small = normalize("NFKC", text).upper().lower()
    bare = _DROPPED.sub("", normalize("NFKD", small)).translate(_WRITTEN_FOR)
    return normalize("NFC", _SPACE.sub(" ", bare).strip(" "))
