"""Chooses the producer that the settings name."""

from pydantic import SecretStr

from bitworks.amqp.amqp_url import read_amqp_url
from bitworks.features.replies.producers.chat_completions import ChatServer
from bitworks.features.replies.producers.opening import DemoReplies, NoReplies, ProducerChoice
from bitworks.features.replies.producers.question_queue import QuestionQueue
from bitworks.features.replies.producers.webhook import Workflow
from bitworks.hosting.settings import Settings


def producer_of(settings: Settings) -> ProducerChoice:
    """The choice of a producer, with the settings that it needs."""
    match settings.producer:
        case "openai":
            return ChatServer(
                base_url=str(settings.reply_base_url) if settings.reply_base_url else None,
                api_key=_revealed(settings.reply_api_key),
                model=settings.reply_model or "",
                models=settings.reply_models,
                silence=settings.reply_timeout,
            )
        case "webhook":
            return Workflow(
                url=str(settings.webhook_url),
                secret=_revealed(settings.webhook_secret) or "",
                timeout=settings.webhook_timeout,
                public_url=settings.callback_url,
                models=settings.chosen_models,
            )
        case "amqp":
            assert settings.amqp_url is not None
            return QuestionQueue(
                url=read_amqp_url(settings.amqp_url.get_secret_value()),
                declares=settings.amqp_declare == "on",
                timeout=settings.webhook_timeout,
                public_url=settings.callback_url,
                models=settings.chosen_models,
            )
        case "demo":
            return DemoReplies()
        case "none":
            return NoReplies()


def _revealed(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret is not None else None
