"""What strict servers and the templates of their models refuse of a request, as one reads it in their code.

The APIs of OpenAI, Anthropic, Mistral and DeepSeek refuse calls without results and results without calls; those of
Anthropic and Gemini a turn that says nothing; the templates of Gemma, Mistral and Qwen a second system message, roles
that do not alternate, and a conversation that no user begins.
"""

from typing import Any

Json = dict[str, Any]


def refusal(messages: list[Json]) -> str | None:
    """Why these messages are refused; None if they are not."""
    if any(message["role"] == "system" for message in messages[1:]):
        return "System message must be at the beginning."
    talk = [message for message in messages if message["role"] != "system"]
    if not talk or talk[0]["role"] != "user":
        return "A conversation begins with a user."
    return next((why for number in range(len(talk)) if (why := _refusal_of(talk, number))), None)


def _refusal_of(talk: list[Json], number: int) -> str | None:
    message, before = talk[number], talk[number - 1] if number else None
    calls = [call["id"] for call in message.get("tool_calls", [])]
    if message["role"] != "tool" and not message["content"].strip() and not calls:
        return "A message must have text or calls."
    if message["role"] == "tool":
        return None if _is_called(talk, number) else "A result must follow its call."
    if before is not None and before["role"] == message["role"]:
        return "Roles must alternate."
    if "tool_calls" in message and not calls:
        return "Calls must not be empty."
    behind = [one.get("tool_call_id") for one in talk[number + 1 : number + 1 + len(calls)]]
    return None if sorted(map(str, behind)) == sorted(calls) or not calls else "Every call needs its result."


def _is_called(talk: list[Json], number: int) -> bool:
    start = number
    while talk[start]["role"] == "tool":
        start -= 1
    return any(call["id"] == talk[number]["tool_call_id"] for call in talk[start].get("tool_calls", []))
