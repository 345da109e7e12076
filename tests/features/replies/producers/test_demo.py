"""The demonstration speaks the language of who asks, and not that of who runs the server."""

import pytest

from bitworks.features.replies.producers.demo import ENGLISH, SPANISH, is_spanish


@pytest.mark.parametrize(
    "question",
    [
        "¿Qué tal?",
        "hola",
        "Escribe un poema sobre el mar",
        "Dame ideas para una cena con amigos",
        "cuales son los planetas del sistema solar",
    ],
)
def test_a_question_in_spanish_is_answered_in_spanish(question: str) -> None:
    assert is_spanish(question)


@pytest.mark.parametrize(
    "question",
    [
        "Hello",
        "Write a poem about the sea",
        "Is it on or off?",
        "2 + 2",
        "",
        "Translate “hola” for me, please",
    ],
)
def test_any_other_question_is_answered_in_english(question: str) -> None:
    assert not is_spanish(question)


@pytest.mark.parametrize("text", [ENGLISH, SPANISH])
def test_people_who_ask_read_nothing_of_variables_and_files(text: str) -> None:
    assert not any(word in text for word in ("_URL", "_MODEL", ".md", "producer", "Ollama"))
