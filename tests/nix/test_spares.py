"""A call in a chain is made ready before its input is there; that must never show."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.homes import copy_home
from tests.nix.fused_runs import FusedRuns, open_house, stage_text
from tests.nix.left_behind import left_behind

pytestmark = pytest.mark.nix


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, prepared: Path) -> Iterator[FusedRuns]:
    folder = tmp_path_factory.mktemp("spares")
    with open_house(copy_home(prepared, folder / "home")) as house:
        yield FusedRuns(house, folder)


def chain(*stages: str) -> dict[str, Any]:
    return {"op": "Sequential", "stages": [{"op": "Stage", "id": stage} for stage in stages]}


def test_the_time_of_a_call_does_not_begin_while_it_waits_for_its_input(runs: FusedRuns) -> None:
    slow = "import time\ntime.sleep(1.3)\nreturn given + 1"
    stages = [runs.write(f"slow{number}", stage_text(f"{slow}  # {number}")) for number in range(3)]

    report = runs.run(chain(*stages), 0, limits={"wall": 2})

    assert report.output == 3


def test_an_input_too_large_for_a_call_made_ready_is_given_to_another(runs: FusedRuns) -> None:
    large = runs.write("large", stage_text("return 'é' * 200_000"))
    size = runs.write("size", stage_text("return [len(given), given[0]]"))

    assert runs.run(chain(large, size)).output == [200_000, "é"]


def test_a_call_made_ready_that_is_not_run_leaves_nothing(runs: FusedRuns) -> None:
    fails = runs.write("fails", stage_text("import time\ntime.sleep(0.2)\nraise ValueError(given)"))
    after = runs.write("after", stage_text("return given"))

    report = runs.run(chain(fails, after), "no")

    assert [call.outcome for call in report.calls] == ["stage-raised", "skipped"]
    assert left_behind(runs.house.settings.home, within_seconds=2) == []


def test_a_call_made_ready_whose_result_is_known_is_not_run(runs: FusedRuns) -> None:
    same = runs.write("same", stage_text("return given * 0"))
    last = runs.write("last", stage_text("return [given]"))
    assert runs.run(chain(same, last), 4).output == [0]

    report = runs.run(chain(same, last), 5)

    assert [call.cached for call in report.calls] == [False, True]
    assert json.dumps(report.output) == "[0]"


def test_calls_in_a_chain_do_not_see_each_other_s_process(runs: FusedRuns) -> None:
    seen = "[os.getpid(), os.listdir('/tmp'), sorted(os.listdir('/proc'))[0]]"
    code = f"import os\nreturn [*given, {seen}]"
    stages = [runs.write(f"look{number}", stage_text(f"{code}  # {number}")) for number in range(4)]

    assert runs.run(chain(*stages), []).output == [[1, [], "1"]] * 4
