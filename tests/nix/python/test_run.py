import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import noether_nix
from noether_nix.errors import CallFailedError, EffectRefusedError, UnknownNodeError
from noether_nix.run.events import CallEnded, Event, RunEnded, RunStarted

pytestmark = pytest.mark.nix

Document = dict[str, Any]
WriteStage = Callable[..., None]


@pytest.fixture
def stage(tmp_path: Path) -> WriteStage:
    """Writes a stage file beside the graphs of a test."""

    def write(name: str, body: str, *, effects: str = "Pure", types: str = "Any") -> None:
        (tmp_path / f"{name}.py").write_text(
            f'"""A stage.\n\nInput: {types}\nOutput: Any\nEffects: [{effects}]\n"""\n\n\n'
            f"def execute(value):\n    {body}\n"
        )

    return write


def chain(*names: str) -> Document:
    stages: list[Document] = [{"op": "Stage", "id": f"./{name}.py"} for name in names]
    root = stages[0] if len(stages) == 1 else {"op": "Sequential", "stages": stages}
    return {"description": "test", "version": "1.0.0", "root": root}


def test_a_graph_file_runs_and_its_second_run_does_nothing(home: Path, project: Path) -> None:
    graph = project / "examples/hello/graph.json"

    first = noether_nix.run(graph, " A title, tested  first")
    second = noether_nix.run(str(graph), " A title, tested  first")

    assert first.ok
    assert first.output == second.output == "a-title-tested-first"
    assert [call.cached for call in first.calls] == [False, False]
    assert [call.cached for call in second.calls] == [True, True]
    assert first.sandbox == "full"


def test_the_forms_of_one_graph_are_the_same_graph(
    home: Path, stage: WriteStage, tmp_path: Path
) -> None:
    stage("twice", "return value * 2")
    document = chain("twice")
    text = noether_nix.load_graph(document, folder=tmp_path).text.decode()
    file = tmp_path / "graph.json"
    file.write_text(text)

    loaded = noether_nix.load_graph(file)
    reports = [
        noether_nix.run(document, 4, folder=tmp_path),
        noether_nix.run(f"\n {text}", 4, folder=tmp_path),
        noether_nix.run(loaded, 4),
        noether_nix.run(file, 4),
    ]

    assert [report.output for report in reports] == [8] * 4
    assert [call.cached for report in reports for call in report.calls] == [False, True, True, True]
    assert len({report.calls[0].key for report in reports}) == 1


def test_an_input_of_python_is_what_its_json_is(
    home: Path, stage: WriteStage, tmp_path: Path
) -> None:
    stage("same", "return value")
    document = chain("same")

    report = noether_nix.run(document, {"pair": (1, 2.0)}, folder=tmp_path)

    assert report.output == {"pair": [1, 2.0]}
    assert noether_nix.run(document, {"pair": [1, 2.0]}, folder=tmp_path).calls[0].cached


def test_a_failed_call_is_told_by_the_report_and_raised_when_the_output_is_asked_for(
    home: Path, stage: WriteStage, tmp_path: Path
) -> None:
    stage("good", "return value")
    stage("bad", "raise ValueError('not that one')")

    report = noether_nix.run(chain("good", "bad", "good"), 1, folder=tmp_path)

    assert not report.ok
    assert [call.outcome for call in report.calls] == ["succeeded", "stage-raised", "skipped"]
    assert "bad.py" in report.failures[0].detail["traceback"]
    with pytest.raises(CallFailedError, match="not that one"):
        report.raise_for_failure()
    with pytest.raises(CallFailedError, match="not that one"):
        _ = report.output


def test_only_a_part_can_be_asked_for(home: Path, stage: WriteStage, tmp_path: Path) -> None:
    stage("increase", "return value + 1")
    document = chain("increase", "increase")

    part = noether_nix.run(document, 40, only="/root/stages/0", folder=tmp_path)

    assert part.output == 41
    assert len(part.calls) == 1
    with pytest.raises(UnknownNodeError):
        noether_nix.run(document, 40, only="/root/stages/2", folder=tmp_path)


def test_a_limit_holds(home: Path, stage: WriteStage, tmp_path: Path) -> None:
    stage("large", "return 'x' * value")

    report = noether_nix.run(chain("large"), 5000, limits={"output": "2kB"}, folder=tmp_path)

    assert report.calls[0].outcome == "output-too-large"
    assert noether_nix.run(chain("large"), 5000, limits={"output": 9000}, folder=tmp_path).ok


def test_an_effect_that_nobody_permitted_is_refused(
    home: Path, stage: WriteStage, tmp_path: Path
) -> None:
    stage("fetch", "return value", effects="Network")

    with pytest.raises(EffectRefusedError):
        noether_nix.run(chain("fetch"), 1, folder=tmp_path)


def test_an_onlooker_is_told_in_order(home: Path, stage: WriteStage, tmp_path: Path) -> None:
    stage("look", "return value")
    seen: list[Event] = []

    report = noether_nix.run(chain("look"), 1, folder=tmp_path, on_event=seen.append)

    assert isinstance(seen[0], RunStarted)
    assert seen[0].run == report.run
    assert any(isinstance(event, CallEnded) for event in seen)
    assert isinstance(seen[-1], RunEnded)


def test_threads_run_graphs_side_by_side(home: Path, stage: WriteStage, tmp_path: Path) -> None:
    stage("square", "return value * value")
    graph = noether_nix.load_graph(chain("square"), folder=tmp_path)
    outputs: dict[int, object] = {}

    def work(number: int) -> None:
        outputs[number] = noether_nix.run(graph, number, jobs=1).output

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outputs == {0: 0, 1: 1, 2: 4, 3: 9}


def test_a_report_shows_itself_in_one_short_line(
    home: Path, stage: WriteStage, tmp_path: Path
) -> None:
    stage("long", "return 'x' * 100_000")

    report = noether_nix.run(chain("long"), folder=tmp_path)

    assert report.output == "x" * 100_000
    assert repr(report).startswith(f"<Report {report.run} of 'graph': ok; 1 run;")
    assert len(repr(report)) < 120
