"""Which producer answers, by the settings alone."""

from typing import Any

import pytest

from bitworks.hosting.settings import Settings
from tests.support.instances import SECRET

ELSEWHERE = {"database_url": "postgresql:///x", "secret_key": SECRET}
OPENAI = {"reply_base_url": "http://localhost:11434/v1", "reply_model": "tiny"}
WEBHOOK = {"webhook_url": "http://localhost:5678/webhook/x", "webhook_secret": "whsec_" + "c2VjcmV0" * 5}


@pytest.mark.parametrize(
    ("settings", "producer"),
    [
        ({}, "demo"),
        (ELSEWHERE, "none"),
        ({**ELSEWHERE, "reply_producer": "demo"}, "demo"),
        (OPENAI, "openai"),
        ({**ELSEWHERE, "reply_api_key": "sk-x", "reply_model": "gpt"}, "openai"),
        (WEBHOOK, "webhook"),
        ({**OPENAI, **WEBHOOK, "reply_producer": "webhook"}, "webhook"),
        ({**OPENAI, "reply_producer": "none"}, "none"),
    ],
)
def test_what_is_configured_answers_and_the_demonstration_only_where_nothing_is(
    settings: dict[str, Any], producer: str
) -> None:
    assert Settings(**settings).producer == producer


def test_secrets_do_not_show_in_the_settings() -> None:
    shown = repr(Settings(**{**OPENAI, **WEBHOOK, "reply_api_key": "sk-hidden", "reply_producer": "openai"}))
    assert "sk-hidden" not in shown
    assert "c2VjcmV0" not in shown


@pytest.mark.parametrize(
    ("settings", "default", "chosen"),
    [
        ({}, None, ()),
        (OPENAI, "tiny", ("tiny",)),
        ({**OPENAI, "reply_models": "big,tiny"}, "tiny", ("tiny", "big")),
        ({**WEBHOOK, "reply_models": "big,small"}, "big", ("big", "small")),
        ({**WEBHOOK, "reply_model": "mine"}, "mine", ("mine",)),
    ],
)
def test_the_default_model_is_the_one_that_answers_where_none_is_chosen(
    settings: dict[str, Any], default: str | None, chosen: tuple[str, ...]
) -> None:
    configured = Settings(**settings)
    assert (configured.default_model, configured.chosen_models) == (default, chosen)
