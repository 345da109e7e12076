"""Tells the configuration of a server."""

from dataclasses import dataclass

from bitworks.core.callers import Stranger
from bitworks.core.inputs import Nothing
from bitworks.features.config.records import Config


@dataclass(frozen=True, slots=True)
class SiteConfig:
    """Holds the configuration, which is the same for everyone while the process runs."""

    config: Config
    """What is told."""

    async def read(self, caller: Stranger, request: Nothing) -> Config:
        """Returns the configuration."""
        return self.config
