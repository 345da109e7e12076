"""What of the settings everyone is told, at `GET /config`."""

from bitworks import __version__
from bitworks.features.config.records import Answerer, Config
from bitworks.hosting.settings import ProducerName, Settings

# By the name of the producer. Which program answers, and where it is, is nothing for strangers.
ANSWERERS: dict[ProducerName, Answerer] = {
    "none": "none",
    "demo": "demo",
    "openai": "model",
    "webhook": "model",
    "amqp": "model",
}


def config_of(settings: Settings) -> Config:
    """Returns the configuration that follows from the settings."""
    return Config(
        version=__version__,
        site_name=settings.site_name,
        registration=settings.registration,
        password_login=True,
        replies=ANSWERERS[settings.producer],
    )
