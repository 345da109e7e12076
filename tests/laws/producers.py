"""Those who write messages that grow: what they send, and what they were told of it."""

import itertools
from dataclasses import dataclass, field
from functools import lru_cache

from tests.laws.payloads import an_id
from tests.laws.programmes import TEXTS, Produce
from tests.support.doors import Outcome
from tests.support.people import Json

TEXT_IDS = [an_id(4, row) for row in range(TEXTS)]
_PARTS = 20_000


def utf16(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


@lru_cache
def script(mark: str) -> bytes:
    """What every producer of this person's even rows writes, in UTF-16."""
    return utf16("".join(f"{n} {mark} 😀 " for n in range(_PARTS)))


def says_where(message_id: str) -> bool:
    """Whether producers of this message say where each part of it begins."""
    return TEXT_IDS.index(message_id) % 2 == 0


@dataclass(frozen=True, slots=True)
class Told:
    """An append that was acknowledged, and with what."""

    message_id: str
    text: str
    length: int
    durable: int


@dataclass(slots=True)
class Producers:
    """Of one person. `told` is what they were told, in the order of the answers."""

    mark: str
    told: list[Told] = field(default_factory=list)
    words: dict[str, set[str]] = field(default_factory=dict)
    """What was ever sent for each message of an odd row."""
    _length: dict[str, int] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def call(self, step: Produce, conversation_id: str) -> tuple[str, Json]:
        """The event, and what it carries."""
        id_ = TEXT_IDS[step.row]
        match step.verb:
            case "open":
                return "message:create", self._opening(id_, step, conversation_id)
            case "append" if says_where(id_):
                return "message:append", {"id": id_, **self._part(id_, step)}
            case "append":
                return "message:append", {"id": id_, "text": self._word(id_, step.units)}
        return f"message:{step.verb}", {"id": id_}

    def answered(self, event: str, payload: Json, outcome: Outcome) -> None:
        id_ = payload["id"]
        if outcome.code == "out_of_order":
            self._length[id_] = outcome.current["length"]
        elif event == "message:append" and outcome.ok:
            self._length[id_] = outcome.data["length"]
            self.told.append(Told(id_, payload["text"], outcome.data["length"], outcome.data["durable"]))

    def _opening(self, id_: str, step: Produce, conversation_id: str) -> Json:
        whole = step.units // 14 * 14 if says_where(id_) else 0
        content = script(self.mark)[: 2 * whole].decode("utf-16-le", "ignore")
        return {
            "id": id_, "conversation_id": conversation_id, "role": "assistant", "status": "streaming",
            "content": content, "metadata": {"owner": self.mark},
        }  # fmt: skip

    def _part(self, id_: str, step: Produce) -> Json:
        known = self._length.get(id_, 0)
        offset = {"next": known, "back": max(0, known - step.units), "beyond": known + 3}[step.where]
        part = script(self.mark)[2 * offset : 2 * (offset + step.units)]
        return {"offset": offset, "text": part.decode("utf-16-le", "surrogatepass")}

    def _word(self, id_: str, length: int) -> str:
        """One that nobody else writes. It is not so long that it is handed on in parts."""
        if length == 0:
            return ""
        word = f"⟨{self.mark} {next(self._numbers)} 😀{'.' * min(length, 7_000)}⟩"
        self.words.setdefault(id_, set()).add(word)
        return word
