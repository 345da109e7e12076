"""The description is true: whatever is sent, the answer is one that it names."""

import asyncio
import sys
from pathlib import Path

from tests.support.people import Person

EXAMPLES = 20  # of a route in a phase: about 1,100 requests in all, in 7 s on one core
# These would end the session that the run is signed in with.
LEFT_OUT = ("/auth/logout", "/auth/logout-all", "/auth/sessions/{id}")
# What is a cursor, or a password without U+0000, is more than a schema says.
NOT_CHECKED = "positive_data_acceptance"
# Content that is too long may be too large to be read at all.
REFUSED = """[checks.negative_data_rejection]
expected-statuses = ["400", "401", "404", "405", "413", "415", "422"]
"""


def ids(operation: str, **parameters: str) -> str:
    """The configuration that gives an operation these ids."""
    given = ", ".join(f'{name} = "{value}"' for name, value in parameters.items())
    return f'[[operations]]\ninclude-name = "{operation}"\nparameters = {{ {given} }}\n'


async def configuration(person: Person) -> str:
    """Ids that mean something: for made-up ones there is only `not_found` to see."""
    kept, other, doomed = [(await person.conversation())["id"] for _ in range(3)]
    for conversation_id in (kept, other):
        await person.must("POST", "/context", {"conversation_id": conversation_id})
    message, gone = [(await person.message({"id": kept}))["id"] for _ in range(2)]
    return REFUSED + "".join(
        [
            ids("GET /conversations/{user_id}", user_id="me"),
            ids("GET /conversations/detail/{id}", id=kept),
            ids("PUT /conversations/{id}", id=kept),
            ids("DELETE /conversations/{id}", id=doomed),
            ids("GET /messages/{conversation_id}", conversation_id=kept),
            ids("GET /messages/detail/{id}", id=message),
            ids("PUT /messages/{id}", id=message),
            ids("DELETE /messages/{id}", id=gone),
            ids("GET /context/{conversation_id}", conversation_id=kept),
            ids("PUT /context/{conversation_id}", conversation_id=kept),
            ids("DELETE /context/{conversation_id}", conversation_id=other),
        ]
    )


async def test_no_request_gets_an_answer_that_is_not_described(person: Person, tmp_path: Path) -> None:
    configured = await configuration(person)
    await asyncio.to_thread((tmp_path / "schemathesis.toml").write_text, configured)
    fuzz = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{person.instance.url}/openapi.json"),
        *("--header", f"Authorization: Bearer {person.token}"),
        *("--checks", "all", "--exclude-checks", NOT_CHECKED),
        *("--max-examples", str(EXAMPLES), "--seed", "1", "--continue-on-failure"),
        *[option for path in LEFT_OUT for option in ("--exclude-path", path)],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=tmp_path,
    )
    report, _ = await fuzz.communicate()
    assert fuzz.returncode == 0, report.decode()
    assert (await person.rest("GET", "/auth/verify")).status == 200, "the run has signed itself out"
