"""The vocabularies that are installed are the published ones."""

import hashlib
from pathlib import Path

import pytest
from tiktoken_ext import openai_public

from bitworks.features.models import vocabularies
from bitworks.features.models.known_models import Vocabulary

PUBLISHED = "https://openaipublic.blob.core.windows.net/encodings/{}.tiktoken"


@pytest.mark.parametrize("name", ["o200k_base", "cl100k_base"])
def test_a_vocabulary_is_the_one_that_the_library_would_download(
    name: Vocabulary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library finds ours in its cache, checks it against its own hash, and adds its own pattern."""
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    url = PUBLISHED.format(name)
    (tmp_path / hashlib.sha1(url.encode(), usedforsecurity=False).hexdigest()).write_bytes(
        vocabularies.file_of(name)
    )
    published = getattr(openai_public, name)()
    ours = vocabularies.load(name)
    assert (ours._pat_str, ours._mergeable_ranks) == (published["pat_str"], published["mergeable_ranks"])


def test_a_damaged_vocabulary_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(vocabularies._HASHES, "cl100k_base", "another")
    with pytest.raises(ValueError, match="damaged"):
        vocabularies.file_of("cl100k_base")
