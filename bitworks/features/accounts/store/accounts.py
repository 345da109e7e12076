"""Accounts in PostgreSQL."""

from dataclasses import dataclass
from datetime import datetime

from bitworks.core.errors import NotFound, Unauthorized
from bitworks.core.ids import SessionId, UserId
from bitworks.features.accounts.records import User
from bitworks.features.accounts.store.sessions import end_all_but
from bitworks.storage import queries
from bitworks.storage.database import Database

SQL = queries.load(__name__, "accounts")


@dataclass(frozen=True, slots=True)
class Account:
    """A user, and what proves who they are."""

    user: User
    password_hash: str


@dataclass(frozen=True, slots=True)
class AccountStore:
    """Reads and writes accounts."""

    database: Database

    async def create(self, user: User, password_hash: str) -> None:
        """Raises `EmailTaken`."""
        async with self.database.transaction() as connection:
            await connection.execute(SQL["insert_login"], user.email, user.id)
            await connection.execute(SQL["insert_user"], user.id, user.email, password_hash, user.created_at)
            await connection.execute(SQL["insert_head"], user.id)

    async def by_email(self, email: str) -> Account | None:
        row = await self.database.fetchrow(SQL["by_email"], email)
        return row and Account(User(row["id"], row["email"], row["created_at"]), row["password_hash"])

    async def by_id(self, user_id: UserId) -> Account:
        """Raises `Unauthorized` if the account is gone."""
        row = await self.database.fetchrow(SQL["by_id"], user_id)
        if row is None:
            raise Unauthorized
        return Account(User(row["id"], row["email"], row["created_at"]), row["password_hash"])

    async def set_password(
        self, user_id: UserId, password_hash: str, kept: SessionId | None, now: datetime
    ) -> None:
        """Ends every session of the user but `kept` with it: there is no moment between the two."""
        async with self.database.transaction() as connection:
            await connection.execute(SQL["set_password"], user_id, password_hash)
            await end_all_but(connection, user_id, kept, now)

    async def delete(self, user_id: UserId) -> None:
        """Deletes the account and everything of the user. Raises `NotFound` if there is none."""
        async with self.database.transaction() as connection:
            # The counter first, as every write: one that is under way is waited for, not deadlocked with.
            await connection.execute(SQL["lock_head"], user_id)
            await connection.execute(SQL["delete_login"], user_id)
            if await connection.fetchrow(SQL["delete_user"], user_id) is None:
                raise NotFound

    async def list(self) -> list[User]:
        rows = await self.database.fetch(SQL["list"])
        return [User(*row) for row in rows]
