"""What a build says in Nix's log: one ASCII JSON object a line, of what happened since the last.

It runs inside the sandbox too: the standard library alone, nothing of ours.
"""

import json
import math
import os
import time
from typing import Any

LOG_DESCRIPTOR = 2
# For Nix every line is work, so one line has many events. Who reads it cuts what is longer than
# 1 MiB, and one event may be 0.5 MiB.
_LINE_CHARACTERS = 256 << 10
# What happens within this time makes one line: each wakes Nix, and then who reads Nix's log.
_GATHERED_SECONDS = 0.02


class Log:
    """Nix's log, in which every line has the run's token."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._events: list[str] = []
        self._characters = 0
        self._written = 0.0
        self.unread = False

    @property
    def due(self) -> float:
        """When what is queued is to be written, on the monotonic clock; never if nothing is."""
        return self._written + _GATHERED_SECONDS if self._events else math.inf

    def say(self, event: str, **facts: Any) -> None:
        """Queue an event; writes what is queued when that is much."""
        text = json.dumps({"event": event, **facts})
        if self._characters + len(text) > _LINE_CHARACTERS:
            self.flush()
        self._events.append(text)
        self._characters += len(text)

    def flush(self) -> None:
        """Write what is queued; a reader that is gone ends this process."""
        if not self._events:
            return
        self.unread = True
        events = ", ".join(self._events)
        line = f'{{"noether": {json.dumps(self._token)}, "events": [{events}]}}\n'
        self._events, self._characters = [], 0
        self._written = time.monotonic()
        data = memoryview(line.encode("ascii"))
        try:
            while data:
                data = data[os.write(LOG_DESCRIPTOR, data) :]
        except OSError:
            os._exit(1)
