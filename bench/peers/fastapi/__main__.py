"""`python -m bench.peers.fastapi`: FastAPI and asyncpg, under uvicorn with uvloop and httptools."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

import jwt
import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field

from bench.peers.durable import OWNED, NotOwned, create_message, open_pool

PAGE = """
select id, conversation_id, role, content, status, metadata, "timestamp", position, revision from (
    select * from messages where user_id = $1 and conversation_id = $2 and position < $3
    order by position desc limit $4
) newest order by position
"""
BEYOND = 2**62


class NewMessage(BaseModel):
    id: UUID = Field(default_factory=uuid4)
    conversation_id: UUID
    role: Literal["user", "assistant", "system", "tool"]
    content: str = Field(min_length=1, max_length=1_000_000)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.pool = await open_pool(os.environ["DATABASE_URL"])
    yield
    await app.state.pool.close()


app = FastAPI(lifespan=lifespan)
Bearer = Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]


async def user_of(bearer: Bearer) -> str:
    try:
        claims = jwt.decode(bearer.credentials, os.environ["SECRET_KEY"], algorithms=["HS256"])
    except jwt.InvalidTokenError:
        raise HTTPException(401) from None
    return str(claims["sub"])


UserId = Annotated[str, Depends(user_of)]


@app.get("/readyz")
async def ready() -> str:
    return "ready"


@app.post("/messages", status_code=201)
async def create(wanted: NewMessage, user_id: UserId, request: Request) -> dict[str, Any]:
    try:
        return await create_message(request.app.state.pool, user_id, wanted.model_dump(mode="json"))
    except NotOwned:
        raise HTTPException(404) from None


@app.get("/messages/{conversation_id}")
async def page(
    conversation_id: UUID,
    user_id: UserId,
    request: Request,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    before: int = BEYOND,
) -> list[dict[str, Any]]:
    async with request.app.state.pool.acquire() as connection:
        if await connection.fetchval(OWNED, user_id, str(conversation_id)) is None:
            raise HTTPException(404)
        rows = await connection.fetch(PAGE, user_id, str(conversation_id), before, limit)
    return [dict(row) for row in rows]


if __name__ == "__main__":
    uvicorn.run(
        app, host="127.0.0.1", port=int(os.environ["PORT"]), loop="uvloop", http="httptools",
        access_log=False, log_level="warning",
    )  # fmt: skip
