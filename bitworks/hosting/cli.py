"""The command `bitworks`."""

import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, nullcontext
from pathlib import Path
from typing import Annotated, Literal, TextIO, cast

import structlog
import typer
import uvloop
from pydantic import ValidationError
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bitworks import __version__
from bitworks.core.encoding import to_json
from bitworks.core.errors import DomainError, NotFound, Unavailable
from bitworks.core.parsing import parse
from bitworks.fanout.redis_url import BadRedisUrl
from bitworks.features.accounts.inputs import Registration
from bitworks.features.relay.relay import NAME as RELAY
from bitworks.hosting.app import App, open_app
from bitworks.hosting.clock import now
from bitworks.hosting.data_dir import DataDirHeld, hold_data_dir, stored_secret
from bitworks.hosting.descriptors import raise_descriptor_limit
from bitworks.hosting.embedded.postgres import EmbeddedPostgresFailed, embedded_postgres, running_url
from bitworks.hosting.embedded.valkey import EmbeddedValkeyFailed, embedded_valkey
from bitworks.hosting.log_stream import LogStream
from bitworks.hosting.serving import relay, serve_alone, started, stop_on_signals, work_on_replies
from bitworks.hosting.settings import Settings
from bitworks.hosting.workers.assignment import Parent
from bitworks.hosting.workers.serving import serve_as_worker, serve_with_workers
from bitworks.hosting.workers.supervisor import WorkerFailed
from bitworks.play.client import PlayFailed
from bitworks.play.command import DEMO_EMAIL, PlayAccount, play_plan, read_files
from bitworks.storage.connection_url import BadDatabaseUrl
from bitworks.storage.database import NotMigrated, WrongEncoding
from bitworks.storage.followers import Followers
from bitworks.storage.migrations import MigrationFailed
from bitworks.storage.migrations import migrate as migrate_database

# Plain help: in the rich one, this version of typer writes <bool> behind each flag, --help among them.
cli = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
)
user_cli = typer.Typer(no_args_is_help=True, help="Accounts: the way in when registration is closed.")
webhook_cli = typer.Typer(no_args_is_help=True, help="Requests for answers that no workflow took.")
cli.add_typer(user_cli, name="user")
cli.add_typer(webhook_cli, name="webhooks")
relay_cli = typer.Typer(invoke_without_command=True, help="Tells RabbitMQ of every change. Ctrl-C stops it.")
cli.add_typer(relay_cli, name="relay")
followers_cli = typer.Typer(
    invoke_without_command=True, help="What follows the changes beside the main path: how far, and how late."
)
cli.add_typer(followers_cli, name="followers")
out = Console()
err = Console(stderr=True)

# Errors that a person can mend, so that one line says all; any other is a bug, and shows its traceback.
EXPECTED_ERRORS = (
    DomainError,
    DataDirHeld,
    EmbeddedPostgresFailed,
    EmbeddedValkeyFailed,
    WorkerFailed,
    MigrationFailed,
    NotMigrated,
    BadDatabaseUrl,
    WrongEncoding,
    BadRedisUrl,
    PlayFailed,
    OSError,
)


def _print_version(requested: bool) -> None:
    if requested:
        typer.echo(f"bitworks {__version__}")
        raise typer.Exit


@cli.callback(help="Self-hosted history of AI conversations, live and the same on every screen.")
def program(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """The options that come before the name of a command."""


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Prints an expected error in one line, and exits with 1; invalid settings in one line each, with 2."""
    try:
        yield
    except ValidationError as error:
        for one in error.errors(include_url=False):
            name = ".".join(map(str, one["loc"])).upper()
            said = one["msg"].removeprefix("Value error, ")
            line = f"{name}: {said}" if name else said
            err.print(line, style="red", highlight=False, markup=False, soft_wrap=True)
        sys.exit(2)
    except EXPECTED_ERRORS as error:
        err.print(_described(error), style="red", highlight=False, markup=False, soft_wrap=True)
        sys.exit(1)


def _described(error: Exception) -> str:
    """The message; of `Unavailable` with its cause, such as a wrong password of the database."""
    return (
        f"{error} ({error.__cause__})" if isinstance(error, Unavailable) and error.__cause__ else str(error)
    )


def configure_logs(worker: int | None = None) -> None:
    """Logs to standard error, one line an event: as JSON, or coloured on a terminal.

    Each line has the number of the worker, if there are several. No line has a password, a token or message text.
    """
    seen = sys.stderr.isatty()
    if worker is not None:
        structlog.contextvars.bind_contextvars(worker=worker)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([] if seen else [structlog.processors.format_exc_info]),
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
            if seen
            else structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, LogStream(sys.stderr))),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    named = "" if worker is None else f"worker {worker} "
    logging.basicConfig(
        level=logging.WARNING, format=f"%(levelname)s {named}%(name)s %(message)s", force=True
    )
    # Its access log would have every path, with the ids in it.
    logging.getLogger("aiohttp.access").setLevel(logging.ERROR)
    # It writes a traceback for every attempt to connect; `amqp_away` says it once.
    for name in ("aiormq", "aio_pika"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[tuple[str, str]]:
    """The URL of the database and the signing secret: the configured ones, or those of an embedded PostgreSQL.

    An embedded one runs until the block ends, and holds the data directory.
    """
    if settings.database_url is not None:
        assert settings.secret_key is not None
        yield settings.database_url, settings.secret_key
        return
    with hold_data_dir(settings.data_dir):
        # Those of every worker's pool, and 20 for commands that are run meanwhile.
        connections = settings.web_concurrency * settings.database_connections + 20
        room = f"max_connections={max(connections, 100)}"
        async with embedded_postgres(settings.data_dir / "postgres", "-c", room) as url:
            yield url, settings.secret_key or stored_secret(settings.data_dir)


@asynccontextmanager
async def open_shared_database(settings: Settings) -> AsyncIterator[tuple[str, str]]:
    """As `open_database`, for what may run beside an instance: that of the instance which holds the data directory.

    An embedded one of its own is migrated first; that of another is as its instance needs it.
    """
    async with AsyncExitStack() as stack:
        try:
            database = await stack.enter_async_context(open_database(settings))
        except DataDirHeld:
            url = running_url(settings.data_dir / "postgres")
            if url is None:
                raise
            database = url, settings.secret_key or stored_secret(settings.data_dir)
        else:
            if settings.embedded:
                await migrate_database(database[0])
        yield database


@asynccontextmanager
async def open_redis(settings: Settings) -> AsyncIterator[str]:
    """The URL of Redis: the configured one, or that of an embedded Valkey, which runs until the block ends."""
    if settings.redis_url is not None:
        yield settings.redis_url
        return
    with nullcontext() if settings.embedded else hold_data_dir(settings.data_dir):
        async with embedded_valkey(settings.data_dir / "valkey") as url:
            yield url


def run(work: Callable[[Settings], Coroutine[None, None, None]]) -> None:
    """Runs the work of a command with the settings of the environment."""
    configure_logs()
    with one_line_errors():
        settings = Settings()
        uvloop.run(work(settings))


@cli.command()
def serve() -> None:
    """Serves the API, the sockets and the web client. Ctrl-C stops it."""

    async def work(settings: Settings) -> None:
        stop = stop_on_signals()  # before a signal could leave an embedded server behind
        raise_descriptor_limit()
        async with started(stop, open_database(settings)) as database:
            if database is None:
                return
            url, signing_secret = database
            if settings.embedded:
                await migrate_database(url)
            if settings.web_concurrency == 1:
                await serve_alone(settings, url, signing_secret, stop)
                return
            async with started(stop, open_redis(settings)) as redis_url:
                if redis_url is not None:
                    await serve_with_workers(settings, url, redis_url, signing_secret, stop)

    run(work)


@cli.command(hidden=True)
def worker() -> None:
    """One of several workers; `serve` starts them."""
    parent = Parent()
    assignment = parent.assignment()
    configure_logs(assignment.number)

    async def work(settings: Settings) -> None:
        await serve_as_worker(settings, assignment, parent, stop_on_signals())

    with one_line_errors():
        uvloop.run(work(Settings()))


@cli.command("work")
def work_command() -> None:
    """Works on replies and serves nothing. Ctrl-C stops it."""

    async def work(settings: Settings) -> None:
        stop = stop_on_signals()
        async with started(stop, open_database(settings)) as database:
            if database is not None:
                await work_on_replies(settings, *database, stop)

    run(work)


@cli.command()
def migrate() -> None:
    """Brings the database to the present schema. Safe to repeat."""

    async def work(settings: Settings) -> None:
        async with open_database(settings) as (url, _):
            await migrate_database(url)
            out.print("The database is up to date.")

    run(work)


@cli.command("new-epoch")
def new_epoch() -> None:
    """Makes every device read again. Run it after a backup was restored, before serving."""

    async def work(app: App) -> None:
        out.print(f"The epoch is now {await app.stores.revisions.new_epoch()}.")

    with_app(work)


def with_app(work: Callable[[App], Awaitable[None]]) -> None:
    """Runs the work of a command on an app of its own, beside the instance that runs here, if any."""

    async def wrapped(settings: Settings) -> None:
        async with (
            open_shared_database(settings) as (url, signing_secret),
            open_app(settings, url, signing_secret) as app,
        ):
            await work(app)

    run(wrapped)


EmailArgument = Annotated[str, typer.Argument(help="the account's email")]
PasswordOption = Annotated[
    str,
    typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, help="asked for if not given"),
]


@user_cli.command("add")
def user_add(email: EmailArgument, password: PasswordOption) -> None:
    """Makes an account."""

    async def work(app: App) -> None:
        user = await app.accounts.add(parse(Registration, {"email": email, "password": password}))
        out.print(f"Added {user.email} ({user.id}).")

    with_app(work)


@user_cli.command("password")
def user_password(email: EmailArgument, password: PasswordOption) -> None:
    """Sets a new password and signs the account out everywhere."""

    async def work(app: App) -> None:
        credentials = parse(Registration, {"email": email, "password": password})
        user = await app.accounts.find(credentials.email)
        await app.accounts.reset_password(user, credentials.password)
        out.print(f"Set a new password for {user.email}; all sessions were ended.")

    with_app(work)


@user_cli.command("delete")
def user_delete(
    email: EmailArgument, yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False
) -> None:
    """Deletes an account and everything of it."""
    if not yes:
        typer.confirm(f"Delete {email} and all their conversations for good?", abort=True)

    async def work(app: App) -> None:
        user = await app.accounts.find(email)
        await app.accounts.delete(user.id)
        out.print(f"Deleted {user.email} and everything of theirs.")

    with_app(work)


@user_cli.command("list")
def user_list() -> None:
    """Lists the accounts."""

    async def work(app: App) -> None:
        table = Table("email", "id", "created")
        for user in await app.accounts.all():
            table.add_row(user.email, user.id, f"{user.created_at:%Y-%m-%d %H:%M}")
        out.print(table)

    with_app(work)


ReplyIdArgument = Annotated[str, typer.Argument(metavar="ID", help="the message of the reply")]


@webhook_cli.command("list")
def webhooks_list() -> None:
    """Lists them, the oldest first."""

    async def work(app: App) -> None:
        table = Table("id", "since", "tries", "error")
        for letter in await app.replies.dead_letters():
            since = f"{letter.dead_at:%Y-%m-%d %H:%M}"
            table.add_row(letter.message_id, since, str(letter.tries), letter.error["code"])
        out.print(table)

    with_app(work)


@webhook_cli.command("show")
def webhooks_show(id_: ReplyIdArgument) -> None:
    """Shows one."""

    async def work(app: App) -> None:
        letter = await app.replies.dead_letter(id_)
        out.print_json(to_json(letter).decode())

    with_app(work)


@webhook_cli.command("replay")
def webhooks_replay(id_: ReplyIdArgument) -> None:
    """Asks again, under the same delivery id; the answer becomes a new message."""

    async def work(app: App) -> None:
        asked = await app.replies.replay(await app.replies.dead_letter(id_))
        out.print(f"Asked again for an answer to {asked.id}.")

    with_app(work)


@relay_cli.callback()
def relay_command(
    context: typer.Context,
    from_: Annotated[
        Literal["beginning", "now"],
        typer.Option("--from", help="the first time: with all that is there, or with what comes"),
    ] = "beginning",
) -> None:
    """Relays until it is stopped; any number may run, beside serving processes that relay too."""
    if context.invoked_subcommand is not None:
        return

    async def work(settings: Settings) -> None:
        _require_amqp(settings)
        stop = stop_on_signals()
        async with started(stop, open_shared_database(settings)) as database:
            if database is not None:
                await relay(settings, database[0], stop, from_now=from_ == "now")

    run(work)


@relay_cli.command("replay")
def relay_replay(
    user: Annotated[str | None, typer.Option(help="the email of one account")] = None,
    all_: Annotated[bool, typer.Option("--all", help="of all accounts")] = False,
) -> None:
    """Tells all again, from the creation of each account on: for consumers that start from nothing."""
    if (user is None) is not all_:
        raise typer.BadParameter("give either --user or --all")

    async def work(app: App) -> None:
        followers = Followers(app.stores.database)
        if await followers.epoch_of(RELAY) is None:
            raise NotFound(
                "No relay has run on this database yet: the first one begins with all that there is."
            )
        users = await app.accounts.all() if user is None else [await app.accounts.find(user)]
        for one in track(users, "Marking", console=err, transient=True):
            await followers.begin_again(RELAY, one.id)
        out.print(f"All of {len(users)} {'account is' if len(users) == 1 else 'accounts are'} told again.")

    with_app(work)


def _require_amqp(settings: Settings) -> None:
    if settings.amqp_url is None:
        raise NotFound("AMQP_URL is not set: it names the broker, as amqp://user:password@host/.")


@followers_cli.callback()
def followers_show(context: typer.Context) -> None:
    """Shows them."""
    if context.invoked_subcommand is not None:
        return

    async def work(app: App) -> None:
        table = Table("follower", "epoch", "users behind", "revisions behind", "late")
        for one in await Followers(app.stores.database).progress():
            late = "" if one.since is None else f"{max((now() - one.since).total_seconds(), 0):.0f} s"
            table.add_row(one.name, one.epoch or "none yet", f"{one.behind:,}", f"{one.revisions:,}", late)
        out.print(table)

    with_app(work)


@followers_cli.command("forget")
def followers_forget(
    name: Annotated[str, typer.Argument(help="as `bitworks followers` shows it")],
) -> None:
    """Forgets one that is not used any more: writes have nothing to do for it from then on."""

    async def work(app: App) -> None:
        if not await Followers(app.stores.database).forget(name):
            raise NotFound(f"There is no follower {name}.")
        out.print(f"Forgot {name}.")

    with_app(work)


FilesArgument = Annotated[
    list[Path], typer.Argument(metavar="FILE…", exists=True, dir_okay=False, readable=True)
]
UrlOption = Annotated[str, typer.Option(help="the running server")]
AccountEmailOption = Annotated[str, typer.Option(help="whose history it becomes")]
AccountPasswordOption = Annotated[
    str | None,
    typer.Option(envvar="BITWORKS_PASSWORD", help="of that account; without it the account is made"),
]


@cli.command()
def play(
    files: FilesArgument,
    url: UrlOption = "http://localhost:8000",
    email: AccountEmailOption = DEMO_EMAIL,
    password: AccountPasswordOption = None,
) -> None:
    """Plays JSON Lines files into a running server. Safe to repeat.

    A file has message trees (OpenAssistant), questions, or answers (MT-Bench); answers need their questions
    among the files. Each path of a tree becomes a conversation. Ids come from the file's name.
    """
    with one_line_errors():
        plan = read_files(files)
        uvloop.run(play_plan(plan, url, PlayAccount(email, password), out, err))


def main() -> None:
    """The entry point of the installed command."""
    cli()
