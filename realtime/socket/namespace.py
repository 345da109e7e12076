"""The Socket.IO namespaces, one for each user: admits devices, and acknowledges their events."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import socketio
import structlog
from socketio.exceptions import ConnectionRefusedError as Refused

from bitworks.core.callers import UNKNOWN_ORIGIN
from bitworks.core.clock import Clock
from bitworks.core.encoding import rfc3339
from bitworks.core.errors import (
    DomainError,
    InternalError,
    InvalidInput,
    NotFound,
    RateLimited,
    Unauthorized,
    Unavailable,
)
from bitworks.core.ids import UserId
from bitworks.core.inputs import ByConversation
from bitworks.core.parsing import parse
from bitworks.features.accounts.sessions import Sessions
from bitworks.features.limits.fair_queue import FairQueue
from bitworks.features.limits.quotas import Quotas
from bitworks.features.limits.strangers import Strangers
from bitworks.features.sync.publishing import Publisher
from bitworks.features.sync.store import ChangeStore
from bitworks.realtime.delivery.device import Device
from bitworks.realtime.delivery.hub import Hub
from bitworks.realtime.delivery.packets import is_namespace_of
from bitworks.realtime.delivery.recovery import Recovery, ResumePoint
from bitworks.realtime.engine import AsyncServer, CloseTransport
from bitworks.realtime.socket import acknowledgements
from bitworks.realtime.socket.acknowledgements import Acknowledgement
from bitworks.realtime.socket.events import Events
from bitworks.realtime.socket.expiry import Expiry
from bitworks.realtime.socket.inputs import ConnectAuth, Renewal
from bitworks.realtime.socket.json_codec import LargeArguments, RefusedArguments
from bitworks.tasks import Tasks

log = structlog.get_logger(__name__)

REFUSED_PAUSE = 0.1
"""Seconds that a socket is held back by an event that is over its user's quota. A flood is then refused ten times a
second, not as often as the loop can; of a burst too large nearly all is let through, as the quota allows it again."""


@dataclass(frozen=True, slots=True)
class SocketDependencies:
    """What the door depends on. `open_hub` is given the function that disconnects a device whose session has ended."""

    sessions: Sessions
    """Verifies access tokens."""
    quotas: Quotas
    """Counts events and connections."""
    reads: FairQueue
    """Gives the heavy operations of users their places."""
    strangers: Strangers
    """Counts connections until it is known whose they are."""
    changes: ChangeStore
    """Reads the head of a user."""
    recovery: Recovery
    """Plans where a device resumes."""
    publisher: Publisher
    """Publishes what one device signals to the others."""
    open_hub: Callable[[Callable[[Device], None]], Hub]
    """Builds the hub, given the function that disconnects a device for good."""
    now: Clock
    """The time, in UTC."""


class UserNamespace(socketio.AsyncNamespace):  # type: ignore[misc]  # python-socketio ships no types
    """Handles every namespace of the server: `/users/{user_id}` is a user's, any other is refused."""

    def __init__(self, server: AsyncServer, dependencies: SocketDependencies, events: Events) -> None:
        super().__init__("*")
        self._server = server
        self._dependencies = dependencies
        self._events = events
        self._devices: dict[str, Device] = {}
        self._expiries: dict[str, Expiry] = {}
        self._tasks = Tasks("namespace")
        self.hub = dependencies.open_hub(self._disconnect_device)
        server.on_connected = self._on_connected

    async def trigger_event(self, event: str, namespace: str, sid: str, *arguments: Any) -> Any:
        """Called by the library for each connect, disconnect and event of a socket.

        Returns what is sent back: the handshake's data or the acknowledgement.
        """
        if event == "connect":
            return await self._on_connect(namespace, sid, *arguments)
        if event == "disconnect":
            return self._on_disconnect(sid)
        return await self._acknowledge(event, sid, arguments)

    # Connections

    async def _on_connect(
        self, namespace: str, sid: str, environ: dict[str, Any], auth: object = None
    ) -> dict[str, str]:
        try:
            return await self._admit(namespace, sid, environ, auth)
        except (Unavailable, RateLimited) as error:
            # These pass: the stock client reconnects by itself only if the transport closes.
            raise CloseTransport(error.detail) from None
        except DomainError as error:
            raise Refused(error.detail, {"code": error.code}) from None

    async def _admit(self, namespace: str, sid: str, environ: dict[str, Any], auth: object) -> dict[str, str]:
        if not isinstance(auth, dict) or not auth.get("token"):
            raise Unauthorized
        credentials = parse(ConnectAuth, auth)
        connection = self._server.connection(sid, namespace)
        caller = self._dependencies.sessions.identify(credentials.token, UNKNOWN_ORIGIN)
        if not is_namespace_of(caller.user_id, namespace) or connection.session.get("user"):
            raise NotFound
        self._dependencies.quotas.spend(caller.user_id)
        self._dependencies.quotas.acquire_slot(caller.user_id)
        connection.session["user"] = caller.user_id
        feed = self.hub.open(caller.user_id)
        try:
            head = await self._dependencies.changes.head(caller.user_id, caller.session_id)
            if not head.session_lives:
                raise Unauthorized
            feed.begin(head.cursor.revision, head.sessions_ended, head.open_messages)
            has = ResumePoint(credentials.pid, credentials.offset, credentials.since, credentials.max_changes)
            plan = await self._dependencies.recovery.plan(caller.user_id, has, head.cursor)
        except BaseException:
            self.hub.release(caller.user_id)
            self._dependencies.quotas.release_slot(caller.user_id)
            connection.session.pop("user")
            raise
        self._devices[sid] = Device(sid, namespace, connection, caller, plan, head.sessions_ended)
        return {"pid": plan.pid}

    def _on_connected(self, sid: str, namespace: str) -> None:
        device = self._devices[sid]
        user_id = device.caller.user_id
        self._expiries[sid] = expiry = Expiry(user_id, device, self._dependencies.now)
        expiry.watch()
        self.hub.join(device)

    def _on_disconnect(self, sid: str) -> None:
        device = self._devices.pop(sid)
        if (expiry := self._expiries.pop(sid, None)) is not None:
            expiry.stop()
        device.connection.session.pop("user", None)
        self.hub.leave(device)
        self._dependencies.quotas.release_slot(device.caller.user_id)

    def _disconnect_device(self, device: Device) -> None:
        """Disconnects a device whose session has ended, with a DISCONNECT: reconnecting cannot help its client."""
        self._tasks.start(self._disconnect_for_good(device))

    async def _disconnect_for_good(self, device: Device) -> None:
        await self._server.disconnect(device.sid, namespace=device.namespace)
        device.connection.close("session ended")

    # Events

    async def _acknowledge(
        self, event: str, sid: str, arguments: tuple[object, ...]
    ) -> Acknowledgement | None:
        device = self._devices.get(sid)
        if device is None:
            return None
        try:
            return await self._command(event, device, arguments)
        except DomainError as error:
            return acknowledgements.of_error(error)
        except Exception:
            log.exception("event_failed", socket_event=event if event in self._events else "other")
            return acknowledgements.of_error(InternalError())

    async def _command(self, event: str, device: Device, arguments: tuple[object, ...]) -> Acknowledgement:
        if device.caller.expires_at <= self._dependencies.now():
            raise Unauthorized
        await self._spend(device.caller.user_id)
        payload = _only(await _decoded(arguments))
        if event == "typing":
            return self._typing(device, parse(ByConversation, payload))
        if event == "session:renew":
            return await self._renew(device, parse(Renewal, payload))
        user_id = device.caller.user_id
        return await self._events.call(event, device.caller, payload, lambda: self.hub.unread(user_id))

    async def _spend(self, user_id: UserId) -> None:
        """Counts one event of a user. Raises `RateLimited` if it is over, not before REFUSED_PAUSE has passed."""
        try:
            self._dependencies.quotas.spend(user_id)
        except RateLimited:
            await asyncio.sleep(REFUSED_PAUSE)
            raise

    def _typing(self, device: Device, request: ByConversation) -> Acknowledgement:
        user_id = device.caller.user_id
        data: dict[str, object] = {"conversation_id": request.conversation_id}
        self._dependencies.publisher.signal(user_id, device.sid, "typing", data)
        return {"ok": True}

    async def _renew(self, device: Device, request: Renewal) -> Acknowledgement:
        renewed = await self._dependencies.sessions.authenticate(request.token, UNKNOWN_ORIGIN)
        if (renewed.user_id, renewed.proof) != (device.caller.user_id, device.caller.proof):
            raise Unauthorized("The token is of another session.")
        device.caller = renewed
        if (expiry := self._expiries.get(device.sid)) is not None:
            expiry.watch()
        return {"ok": True, "data": {"expires_at": rfc3339(renewed.expires_at)}}


async def _decoded(arguments: tuple[object, ...]) -> tuple[object, ...]:
    """The arguments for which one of the codec stands. Raises what was wrong with them."""
    match arguments:
        case (RefusedArguments(error=error),):
            raise error
        case (LargeArguments() as large,):
            return await large.decode()
    return arguments


def _only(arguments: tuple[object, ...]) -> object:
    """The one object that an event takes; an empty one for none. Raises `InvalidInput` for any other arguments."""
    if len(arguments) > 1:
        raise InvalidInput.of("", "an event takes one object")
    return arguments[0] if arguments else {}
