"""The operation of windows."""

from bitworks.core.bounds import TINY
from bitworks.core.errors import NotFound, WindowTooSmall
from bitworks.core.operations import READ, Operation, value
from bitworks.features.window.inputs import WindowRead
from bitworks.features.window.window import Window
from bitworks.features.window.windows import Windows

OPERATIONS = (
    Operation(
        "context:window", "What of a conversation a model is given",
        Windows.read, WindowRead, value(Window),
        rest="GET /context/{conversation_id}/window", event=True,
        errors=(NotFound, WindowTooSmall), scopes=READ, bound=TINY, heavy=True,
    ),
)  # fmt: skip
