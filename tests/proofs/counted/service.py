"""A paid service on loopback that counts every call it gets, those that it fails included."""

import threading

from tests.provider.servers.base import Act, Received, status
from tests.provider.servers.compatible import Compatible


class PaidService(Compatible):
    """Speaks OpenAI's images API. The first ``failing`` calls get status 500, one for every other call."""

    def __init__(self, failing: int = 0) -> None:
        super().__init__()
        self.failing, self.calls = failing, 0
        self._counting = threading.Lock()

    def handle(self, received: Received) -> Act:
        with self._counting:
            self.calls += 1
            fail = self.failing > 0 and self.calls % 2 == 1
            self.failing -= fail
        return status(500, "upstream went away") if fail else super().handle(received)

    @property
    def provider(self) -> str:
        """The provider of a suite that talks to it."""
        return f'kind: openai-compatible, base_url: "{self.base_url}", price: 0.01, concurrency: 2'
