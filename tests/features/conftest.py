"""The features of the one instance, each by its own name."""

import pytest

from bitworks.features.accounts.accounts import Accounts
from bitworks.features.history.conversations import Conversations
from bitworks.features.history.messages import Messages
from bitworks.features.replies.replies import Replies
from bitworks.features.streaming.keeping import StreamKeeper
from bitworks.features.streaming.streaming import Streaming
from bitworks.features.window.windows import Windows
from tests.support.instances import Instance


@pytest.fixture
def accounts(instance: Instance) -> Accounts:
    return instance.app.accounts


@pytest.fixture
def conversations(instance: Instance) -> Conversations:
    return instance.app.conversations


@pytest.fixture
def messages(instance: Instance) -> Messages:
    return instance.app.messages


@pytest.fixture
def streaming(instance: Instance) -> Streaming:
    return instance.app.streaming


@pytest.fixture
def keeper(instance: Instance) -> StreamKeeper:
    return instance.app.keeper


@pytest.fixture
def replies(instance: Instance) -> Replies:
    return instance.app.replies


@pytest.fixture
def windows(instance: Instance) -> Windows:
    return instance.app.windows
