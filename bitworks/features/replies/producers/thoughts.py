"""What models think before they answer, where a server leaves it in the text. Pure."""

# The marks around thoughts, as models write them.
_MARKS = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "<thought>": "</thought>",
    "<reasoning>": "</reasoning>",
    "<seed:think>": "</seed:think>",
    "[THINK]": "[/THINK]",
    "◁think▷": "◁/think▷",
    "<|begin_of_thought|>": "<|end_of_thought|>",
    "<|channel>": "<channel|>",
}
# Channels, of which one is the answer.
_CHANNEL, _ANSWER = "<|channel|>", "<|channel|>final<|message|>"
_END = ("<|end|>", "<|return|>")


def without_thoughts(text: str) -> str:
    """Returns the text without the thoughts that it begins with; nothing if it ends within them.

    Templates that open the thoughts for the model leave only the mark of their end, alone on a line.
    """
    text = text.strip()
    if text.startswith(_CHANNEL):
        return _answer_channel(text)
    while (mark := _mark(text)) is not None:
        _, _, text = text.partition(_MARKS[mark])
        text = text.strip()
    return _behind_lone_end(text)


def _mark(text: str) -> str | None:
    return next((mark for mark in _MARKS if text.startswith(mark)), None)


def _answer_channel(text: str) -> str:
    answer = text.rpartition(_ANSWER)[2] if _ANSWER in text else ""
    for end in _END:
        answer = answer.removesuffix(end)
    return answer.strip()


def _behind_lone_end(text: str) -> str:
    for mark, end in _MARKS.items():
        before, found, behind = text.partition(end)
        if (
            found
            and mark not in before
            and (not before or before[-1].isspace())
            and behind[:1] in ("", "\n", "\r")
        ):
            return behind.strip()
    return text
