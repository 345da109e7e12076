"""What models think before they answer is no part of what they answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bitworks.features.replies.producers.thoughts import without_thoughts


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Trip to Lima", "Trip to Lima"),
        ("<think>\nOkay…\n</think>\n\nTrip to Lima", "Trip to Lima"),
        ("<think>\n\n</think>\n\nTrip to Lima", "Trip to Lima"),
        ("<think>\nOkay, the user", ""),
        ("<thinking>Hm</thinking><thinking>Well</thinking>Trip to Lima", "Trip to Lima"),
        ("◁think▷Hm◁/think▷Trip to Lima", "Trip to Lima"),
        ("[THINK]Hm[/THINK]Trip to Lima", "Trip to Lima"),
        ("<|channel|>analysis<|message|>Hm<|end|><|start|>assistant<|channel|>final<|message|>Trip to Lima<|return|>",
         "Trip to Lima"),
        ("<|channel|>analysis<|message|>Hm", ""),
        ("<|channel>thought\nHm<channel|>Trip to Lima", "Trip to Lima"),
        ("Okay, the user wants a name.\n</think>\n\nTrip to Lima", "Trip to Lima"),
        ("What `</think>` means", "What `</think>` means"),
        ("Use <think> and </think> in prompts", "Use <think> and </think> in prompts"),
        ("", ""),
    ],
)  # fmt: skip
def test_thoughts_are_left_out(text: str, answer: str) -> None:
    assert without_thoughts(text) == answer


@given(st.text(alphabet="<think>/ \na", max_size=60))
def test_what_is_left_is_of_the_text(text: str) -> None:
    assert without_thoughts(text) in text
