"""The operation by which a client learns what kind of server it speaks with."""

from bitworks.core.inputs import Nothing
from bitworks.core.operations import PUBLIC, PublicOperation, value
from bitworks.features.config.records import Config
from bitworks.features.config.site_config import SiteConfig

OPERATIONS = (
    PublicOperation(
        "config:get", "What a client needs to know before anybody has signed in",
        SiteConfig.read, Nothing, value(Config),
        rest="GET /config", scopes=PUBLIC,
    ),
)  # fmt: skip
