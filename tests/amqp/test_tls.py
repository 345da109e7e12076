"""TLS with a real broker, which proves who it is and asks the same of its clients."""

import asyncio
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bench.ports import held_port
from bitworks.amqp import topology
from bitworks.amqp.amqp_url import AmqpUrl, read_amqp_url
from bitworks.amqp.broker import Broker
from bitworks.amqp.messages import BrokerMessage
from tests.support.people import PATIENCE
from tests.support.rabbitmq import a_broker

pytestmark = pytest.mark.servers


@dataclass(frozen=True)
class SecureBroker:
    port: int
    authority: Path
    certificate: Path

    async def url(self, **parameters: object) -> AmqpUrl:
        query = "&".join(f"{name}={value}" for name, value in parameters.items())
        # It looks for the files.
        return await asyncio.to_thread(read_amqp_url, f"amqps://guest:guest@localhost:{self.port}/?{query}")


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecureBroker]:
    folder = tmp_path_factory.mktemp("certificates")
    authority, certificate = certificates(folder)
    with held_port() as port:
        options = "\n".join(
            f"ssl_options.{name} = {value}"
            for name, value in {
                "cacertfile": authority,
                "certfile": certificate,
                "keyfile": certificate.with_suffix(".key"),
                "verify": "verify_peer",
                "fail_if_no_peer_cert": "true",
            }.items()
        )
        with a_broker(f"listeners.ssl.1 = 127.0.0.1:{port}\n{options}\n"):
            yield SecureBroker(port, authority, certificate)


def certificates(folder: Path) -> tuple[Path, Path]:
    """An authority of one's own, and a certificate of `localhost` that it has signed, with its key beside it."""
    new = ["req", "-newkey", "rsa:2048", "-nodes"]
    openssl(folder, *new, "-x509", "-days", "2", "-subj", "/CN=tests", "-keyout", "ca.key", "-out", "ca.pem")
    openssl(folder, *new, "-subj", "/CN=localhost", "-keyout", "one.key", "-out", "one.csr")
    (folder / "names").write_text("subjectAltName=DNS:localhost\n")
    signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names"]
    openssl(folder, "x509", "-req", "-in", "one.csr", *signed, "-out", "one.pem")
    return folder / "ca.pem", folder / "one.pem"


def openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


async def test_whoever_believes_the_broker_and_is_believed_may_speak(secure: SecureBroker) -> None:
    own = {"certfile": secure.certificate, "keyfile": secure.certificate.with_suffix(".key")}
    url = await secure.url(cacertfile=secure.authority, **own)
    broker = Broker(url, "tests", topology.events, declares=True)
    async with broker.running(), asyncio.timeout(PATIENCE):
        await broker.up()
        await broker.publish(topology.EVENTS, "message.created.ada", BrokerMessage("id", b"{}", "text/plain"))


@pytest.mark.parametrize("believes", [False, True], ids=["the broker is not believed", "no certificate"])
async def test_whoever_does_not_is_not_connected_and_says_why(
    secure: SecureBroker, *, believes: bool
) -> None:
    authority = {"cacertfile": secure.authority} if believes else {}
    url = await secure.url(**authority)
    with capture_logs() as logs:
        broker = Broker(url, "tests", topology.events, declares=True)
        async with broker.running(), asyncio.timeout(PATIENCE):
            while not logs:  # noqa: ASYNC110 - a log sets no event
                await asyncio.sleep(0.01)
    assert logs[0]["event"] == "amqp_away"
    # Who shows no certificate may be told by an alert, or be hung up on before it is read.
    assert "CERTIFICATE_VERIFY_FAILED" in logs[0]["reason"] or believes
