"""Everything that can be asked, as the doors derive it from the one table."""

from bitworks.core.operations import AnyOperation
from bitworks.hosting.app import OPERATIONS
from bitworks.rest.routes import Route

ROUTES = [Route.of(row) for row in OPERATIONS if row.rest is not None]
EVENTS: dict[str, AnyOperation] = {row.name: row for row in OPERATIONS if row.event}
