"""Telling the devices: the one place that publishes, always after the commit."""

from bitworks.core.changes import Change, SignalEvent, change_packet, delta_packet, signal_packet, text_change
from bitworks.core.ids import MessageId, UserId
from bitworks.fanout import Fanout
from bitworks.fanout.notices import WORKERS, Changed, Grown, SessionsEnded, Signalled, WorkWaiting
from bitworks.features.streaming.text_buffer import Piece
from bitworks.services import Services


def publish_change(services: Services, user_id: UserId, change: Change | None) -> None:
    """Pushes a committed change to every device of the user. None: nothing changed."""
    if change is not None:
        packet = change_packet(user_id, services.epoch.id, change)
        services.fanout.publish(user_id, Changed(change.revision, packet, text_change(change)))


def publish_text(fanout: Fanout, user_id: UserId, message_id: MessageId, piece: Piece) -> None:
    """Pushes what a streaming message grew by, which must have been written."""
    packet = delta_packet(user_id, message_id, piece.start, piece.text)
    fanout.publish(user_id, Grown(message_id, piece.start, piece.end, packet))


def publish_signal(
    services: Services, user_id: UserId, sender: str, event: SignalEvent, data: dict[str, object]
) -> None:
    """Pushes something without a revision to every device of the user but the sender."""
    services.fanout.publish(user_id, Signalled(sender, signal_packet(user_id, event, data)))


def publish_sessions_ended(services: Services, user_id: UserId) -> None:
    """Makes every instance look which of the user's sockets have to go."""
    services.sessions.forget(user_id)
    services.fanout.publish(user_id, SessionsEnded())


def publish_work(services: Services) -> None:
    """Makes workers look for replies that are due. One that is not told looks by itself, a little later."""
    services.fanout.publish(WORKERS, WorkWaiting())
