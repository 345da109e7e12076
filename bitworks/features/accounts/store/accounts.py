"""Accounts in PostgreSQL."""

from dataclasses import dataclass
from datetime import datetime

from bitworks.core.errors import NotFound, Unauthorized
from bitworks.core.ids import SessionId, UserId
from bitworks.features.accounts.records import User
from bitworks.features.accounts.store.sessions import end_all_but
from bitworks.storage import queries
from bitworks.storage.database import Database
from bitworks.storage.followers import SQL as FOLLOWERS

SQL = queries.load(__name__, "accounts")


@dataclass(frozen=True, slots=True)
class Account:
    """A user with the hash of their password."""

    user: User
    """The user, as doors show it."""
    password_hash: str
    """The hash by bcrypt, in its own text form."""


@dataclass(frozen=True, slots=True)
class AccountStore:
    """Reads and writes accounts. Emails are case-folded."""

    database: Database
    """The database; every method raises `Unavailable` while it is away."""

    async def create(self, user: User, password_hash: str) -> None:
        """Inserts an account, with revision 0. Raises `EmailTaken`."""
        async with self.database.transaction() as connection:
            # First, since its primary key is what refuses an email that is taken.
            await connection.execute(SQL["insert_login"], user.email, user.id)
            await connection.execute(SQL["insert_user"], user.id, user.email, password_hash, user.created_at)
            await connection.execute(SQL["insert_head"], user.id)
            await connection.execute(FOLLOWERS["note"], user.id, user.created_at)

    async def by_email(self, spellings: list[str]) -> Account | None:
        """Returns the account whose email is the first of these that any has; None if none has one."""
        row = await self.database.fetchrow(SQL["by_email"], spellings)
        return row and Account(User(row["id"], row["email"], row["created_at"]), row["password_hash"])

    async def by_id(self, user_id: UserId) -> Account:
        """Returns the account of a user. Raises `Unauthorized` if it is gone."""
        row = await self.database.fetchrow(SQL["by_id"], user_id)
        if row is None:
            raise Unauthorized
        return Account(User(row["id"], row["email"], row["created_at"]), row["password_hash"])

    async def set_password(
        self, user_id: UserId, password_hash: str, kept: SessionId | None, now: datetime
    ) -> None:
        """Sets the password and ends every session of the user but `kept`, in one transaction."""
        async with self.database.transaction() as connection:
            await connection.execute(SQL["set_password"], user_id, password_hash)
            await end_all_but(connection, user_id, kept, now)

    async def delete(self, user_id: UserId) -> None:
        """Deletes the account and all rows of the user. Raises `NotFound` if there is none."""
        async with self.database.transaction() as connection:
            # The counter is locked first, as by every write: the deletion waits for a write under way, instead of
            # deadlocking with it.
            locked = await connection.fetchrow(SQL["lock_head"], user_id)
            if locked is None:
                raise NotFound
            await connection.execute(FOLLOWERS["note_deleted"], user_id, locked["now"])
            await connection.execute(SQL["delete_login"], user_id)
            await connection.execute(SQL["delete_user"], user_id)

    async def list(self) -> list[User]:
        """Returns every user, in the order of their emails."""
        rows = await self.database.fetch(SQL["list"])
        return [User(*row) for row in rows]
