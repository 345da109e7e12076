"""The vocabularies that are installed with the program, so that counting needs no network.

The files are OpenAI's, published for tiktoken under the MIT licence, compressed. Their hashes and the
patterns are those of `tiktoken_ext/openai_public.py`, which would download them; a test compares.
"""

import lzma
from base64 import b64decode
from functools import cache
from hashlib import sha256
from importlib.resources import files

import tiktoken

from bitworks.features.models.known_models import Vocabulary

_HASHES: dict[Vocabulary, str] = {
    "o200k_base": "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    "cl100k_base": "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
}
# How a text is split into pieces, within which tokens are looked for.
_CONTRACTIONS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
_PATTERNS: dict[Vocabulary, str] = {
    "o200k_base": "|".join(
        [
            r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+" + _CONTRACTIONS,
            r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*" + _CONTRACTIONS,
            r"\p{N}{1,3}",
            r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
            r"\s*[\r\n]+",
            r"\s+(?!\S)",
            r"\s+",
        ]
    ),
    "cl100k_base": "|".join(
        [
            r"'(?i:[sdmt]|ll|ve|re)",
            r"[^\r\n\p{L}\p{N}]?+\p{L}++",
            r"\p{N}{1,3}+",
            r" ?[^\s\p{L}\p{N}]++[\r\n]*+",
            r"\s++$",
            r"\s*[\r\n]",
            r"\s+(?!\S)",
            r"\s",
        ]
    ),
}


def file_of(name: Vocabulary) -> bytes:
    """Returns the file of a vocabulary as OpenAI publishes it. Raises ValueError if its hash is another one."""
    data = lzma.decompress(files(__name__).joinpath(f"{name}.tiktoken.xz").read_bytes())
    if sha256(data).hexdigest() != _HASHES[name]:
        raise ValueError(f"the vocabulary {name} is damaged; install the program again")
    return data


@cache
def load(name: Vocabulary) -> tiktoken.Encoding:
    """Returns the encoding of a vocabulary. Its first call takes 0.3 s and 80 MB: keep it off the event loop."""
    ranks = dict(_token(line) for line in file_of(name).splitlines())
    return tiktoken.Encoding(name, pat_str=_PATTERNS[name], mergeable_ranks=ranks, special_tokens={})


def _token(line: bytes) -> tuple[bytes, int]:
    token, rank = line.split()
    return b64decode(token), int(rank)
