"""Eight processes, one graph of 200 calls, and death among them: each call is computed once.

And the same with two, and with graphs whose calls come to be while they run.
"""

import json
import random
import signal
import threading
from collections import Counter
from pathlib import Path

import pytest

from tests.e2e.homes import Noether, copy_home, prepared_home
from tests.e2e.watched import Shape, Watched, chains, growing
from tests.nix.left_behind import left_behind

pytestmark = pytest.mark.nix

_CHAINS = chains(branches=20, length=10, seconds=0.002)
_GROWING = growing(rows=10, columns=10, seconds=0.002)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    prepared = prepared_home(tmp_path_factory, worker_id)
    return copy_home(prepared, tmp_path_factory.mktemp("eight") / "home")


def follow(run: Watched, kill_after: int | None, number: signal.Signals) -> threading.Thread:
    """Reads a run to its end, or sends a signal after so many events."""

    def read() -> None:
        for count, _ in enumerate(run.read(), start=1):
            if count == kill_after:
                run.process.send_signal(number)

    thread = threading.Thread(target=read)
    thread.start()
    return thread


@pytest.mark.parametrize(
    ("shape", "processes", "seed", "kills"),
    [
        *(
            pytest.param(_CHAINS, 8, seed, kills, id=f"chains-{seed}-{kills}")
            for seed, kills in [(0, 0), (1, 3), (2, 5), (3, 7), (4, 4), (5, 0)]
        ),
        *(
            pytest.param(_GROWING, processes, seed, kills, id=f"growing-{processes}-{seed}-{kills}")
            for processes, seed, kills in [(2, 6, 0), (2, 7, 1), (8, 8, 0), (8, 9, 5), (8, 10, 7)]
        ),
    ],
)
def test_each_call_is_computed_once_and_once_more_for_each_death_at_most(
    home: Path, tmp_path: Path, shape: Shape, processes: int, seed: int, kills: int
) -> None:
    draw = random.Random(seed)
    noether = Noether(home, tmp_path)
    graph = shape.write(tmp_path, 1000 + seed)
    doomed = set(draw.sample(range(processes), kills))
    runs = [Watched.start(noether, graph) for _ in range(processes)]

    readers = [
        follow(
            run,
            draw.randrange(1, 150) if number in doomed else None,
            draw.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM]),
        )
        for number, run in enumerate(runs)
    ]
    for reader in readers:
        reader.join(90)
    outputs = [run.end() for run in runs]

    for number, (run, out) in enumerate(zip(runs, outputs, strict=True)):
        if number in doomed:
            continue
        assert run.process.returncode == 0
        assert json.loads(out)["output"] == shape.expected(1000 + seed)
    started = Counter(node for run in runs for node in run.started)
    computed = Counter(node for run in runs for node in run.computed)
    assert max(started.values()) <= 1 + kills
    # Stronger: what one run has told of, no other has computed too.
    assert set(computed.values()) == {1}
    assert sum(computed.values()) <= shape.calls
    if kills == 0:
        assert set(started.values()) == {1}
        assert len(computed) == shape.calls
    assert left_behind(home, within_seconds=2.0) == []
