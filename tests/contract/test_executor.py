"""The promises of an Executor, held by the real one and by the one that tests use."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from noether_nix.executor.interface import (
    CallBegan,
    CallDone,
    CallFailedOnce,
    CallLogged,
    Executor,
    ExecutorEvent,
    SandboxProved,
)
from noether_nix.executor.nix import NixExecutor
from noether_nix.formats.store_path import StorePath, fixed_flat_path
from noether_nix.inside.region import Program, Region, RegionCall
from noether_nix.plan.interpreter import Interpreter
from tests.e2e.homes import copy_home
from tests.fakes.fake_executor import FakeExecutor
from tests.nix.fused_runs import open_house

ANY, NUMBER, TEXT = {"kind": "Any"}, {"kind": "Number"}, {"kind": "Text"}
LIMITS = {
    "memory_bytes": 256 << 20,
    "stack_bytes": 8 << 20,
    "processes": 64,
    "open_files": 256,
    "scratch_bytes": 16 << 20,
}


@dataclass
class Subject:
    """An executor with what it needs, and what it said."""

    executor: Executor
    interpreter: Interpreter
    events: list[ExecutorEvent] = field(default_factory=list)

    def run(self, region: Region, files: Mapping[StorePath, bytes] | None = None) -> None:
        self.executor.execute(region, self.interpreter, files or {}, self.events.append)

    @property
    def ends(self) -> dict[int, CallDone]:
        ends = [event for event in self.events if isinstance(event, CallDone)]
        assert len({end.index for end in ends}) == len(ends)
        return {end.index: end for end in ends}

    @property
    def outcomes(self) -> dict[int, str]:
        return {index: self.ends[index].outcome for index in sorted(self.ends)}

    @property
    def began(self) -> list[int]:
        return [event.index for event in self.events if isinstance(event, CallBegan)]


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, prepared: Path) -> Iterator[Subject]:
    home = copy_home(prepared, tmp_path_factory.mktemp("executor") / "home")
    with open_house(home) as house:
        yield Subject(NixExecutor(house.nix, home / "tmp"), house.interpreter)


@pytest.fixture(params=["fake", pytest.param("nix", marks=pytest.mark.nix)])
def subject(request: pytest.FixtureRequest) -> Subject:
    if request.param == "fake":
        return Subject(FakeExecutor(), Interpreter(StorePath("0" * 32, "python"), "x", "3.11.2"))
    real: Subject = request.getfixturevalue("real")
    return Subject(real.executor, real.interpreter)


def program(
    code: str,
    *,
    takes: Mapping[str, Any] = ANY,
    gives: Mapping[str, Any] = ANY,
    known: Mapping[str, int] | None = None,
) -> Program:
    return Program(f"def execute(x):\n    {code}\n", {}, takes, gives, LIMITS, known or {})


def call(index: int, expression: Any, *needs: int, runs: int = 0) -> RegionCall:
    return RegionCall(index, runs, expression, needs, 20, 1 << 20, 1 << 20, 20)


def region(programs: Sequence[Program], calls: Sequence[RegionCall], **choices: Any) -> Region:
    facts: dict[str, Any] = {"values": ("null",), "input": 0, "known": {}, "shared": ()}
    facts |= {"parallel": 2, "stop_at_failure": False, **choices}
    return Region(token="", programs=tuple(programs), calls=tuple(calls), **facts)


def sha256(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, separators=(",", ":")).encode()).hexdigest()


DOUBLE = program("return x * 2")


def test_values_pass_along_a_chain_in_their_one_encoding(subject: Subject) -> None:
    calls = [call(0, {"const": [1, "ü"]}), call(1, {"call": 0}, 0), call(2, {"call": 1}, 1)]

    subject.run(region([DOUBLE], calls))

    assert subject.outcomes == dict.fromkeys(range(3), "succeeded")
    assert [subject.ends[n].input_sha256 for n in (0, 1)] == [
        hashlib.sha256('[1,"ü"]'.encode()).hexdigest(),
        hashlib.sha256('[1,"ü",1,"ü"]'.encode()).hexdigest(),
    ]
    assert subject.ends[2].value == ("[" + ",".join(['1,"ü"'] * 8) + "]").encode()
    assert all({"cpu_seconds"} <= end.used.keys() for end in subject.ends.values())


def test_the_sandbox_is_proved_before_a_call_begins_and_each_begins_before_it_ends(
    subject: Subject,
) -> None:
    subject.run(region([DOUBLE], [call(n, {"const": n}) for n in range(5)]))

    kinds = [type(event) for event in subject.events]
    assert kinds.index(SandboxProved) < kinds.index(CallBegan)
    for index in range(5):
        begun = subject.events.index(CallBegan(index))
        assert begun < subject.events.index(subject.ends[index])


def test_inputs_come_from_the_graph_from_outside_and_from_the_shared_table(
    subject: Subject,
) -> None:
    shared = ({"object": [["a", {"call": 7}], ["b", {"field": ["b", {"input": None}]}]]},)
    calls = [
        call(8, {"overlay": [{"let": 0}, {"const": {"c": 3}}]}),
        call(9, {"config": [{"call": 8}, {"d": 4}, None]}, 8),
    ]

    subject.run(
        region(
            [program("return dict(x, e=5)")], calls,
            values=('{"b": 2}', "1"), input=0, known={7: 1}, shared=shared,
        )
    )  # fmt: skip

    assert subject.ends[8].value == b'{"a":1,"b":2,"c":3,"e":5}'
    assert subject.ends[9].value == b'{"a":1,"b":2,"c":3,"e":5,"d":4}'


def test_a_failure_skips_what_needs_it_and_nothing_else(subject: Subject) -> None:
    raising = program("raise ValueError('no ☃')")
    calls = [
        call(0, {"const": 0}, runs=1),
        call(1, {"call": 0}, 0),
        call(2, {"call": 1}, 1),
        call(3, {"const": 5}),
    ]

    subject.run(region([DOUBLE, raising], calls))

    assert subject.outcomes == {
        0: "stage-raised", 1: "skipped", 2: "skipped", 3: "succeeded",
    }  # fmt: skip
    assert subject.ends[0].detail.items() >= {"type": "ValueError", "message": "no ☃"}.items()
    assert subject.ends[0].value is None
    assert subject.ends[1].detail["because"] == 0
    assert subject.began == [0, 3] or sorted(subject.began) == [0, 3]


def test_after_the_first_failure_nothing_more_starts_when_asked_so(subject: Subject) -> None:
    raising = program("raise ValueError")
    calls = [call(0, {"const": 0}, runs=1), *(call(n, {"const": n}) for n in range(1, 200))]

    subject.run(region([DOUBLE, raising], calls, parallel=1, stop_at_failure=True))

    skipped = [index for index, outcome in subject.outcomes.items() if outcome == "skipped"]
    assert len(subject.ends) == 200
    assert len(skipped) == 199
    assert subject.began == [0]
    assert all(subject.ends[index].detail == {"because": 0} for index in skipped)
    assert not set(skipped) & set(subject.began)


def test_equal_calls_run_once(subject: Subject) -> None:
    calls = [*(call(n, {"const": 4}) for n in range(4)), call(4, {"call": 3}, 3)]

    subject.run(region([DOUBLE, program("return 0")], [*calls, call(5, {"const": 4}, runs=1)]))

    assert sorted(subject.outcomes[n] for n in range(4)) == ["known"] * 3 + ["succeeded"]
    assert {subject.ends[n].input_sha256 for n in range(4)} == {sha256(4)}
    assert (subject.ends[4].value, subject.ends[5].value) == (b"16", b"0")
    assert len(subject.began) == 3


def test_equal_calls_fail_alike(subject: Subject) -> None:
    raising = program("raise ValueError('both')")

    subject.run(region([raising], [call(0, {"const": 1}), call(1, {"const": 1})]))

    assert subject.outcomes == {0: "stage-raised", 1: "stage-raised"}
    assert [end.detail["message"] for end in subject.ends.values()] == ["both", "both"]
    assert len(subject.began) == 1


def test_a_call_whose_input_turns_out_to_be_known_does_not_run(subject: Subject) -> None:
    knowing = program("raise ValueError", known={sha256(2): 1})
    calls = [
        call(0, {"const": 1}),
        call(1, {"call": 0}, 0, runs=1),
        call(2, {"call": 1}, 1),
        call(3, {"const": 3}, runs=1),
    ]

    subject.run(region([DOUBLE, knowing], calls, values=("null", '"kept"')))

    assert subject.outcomes == {
        0: "succeeded", 1: "known", 2: "succeeded", 3: "stage-raised",
    }  # fmt: skip
    assert (subject.ends[1].input_sha256, subject.ends[1].value) == (sha256(2), None)
    assert subject.ends[2].value == b'"keptkept"'
    assert 1 not in subject.began


@pytest.mark.parametrize(
    ("code", "gives", "detail"),
    [
        ("return {'a': ['x', 1]}", {"kind": "Map", "value": {"key": TEXT, "value": {
            "kind": "List", "value": TEXT}}},
         {"pointer": "/a/1", "expected": TEXT, "got": "Number 1"}),
        ("return {1}", ANY, {"message": "a set is no JSON value"}),
        ("return float('nan')", ANY, {"message": "nan is no JSON number"}),
    ],
    ids=["wrong type", "no JSON", "not a number"],
)  # fmt: skip
def test_a_result_that_is_none_is_told_with_its_fault(
    subject: Subject, code: str, gives: Mapping[str, Any], detail: Mapping[str, Any]
) -> None:
    subject.run(region([program(code, gives=gives)], [call(0, {"const": 1})]))

    assert subject.outcomes == {0: "output-invalid"}
    assert subject.ends[0].detail.items() >= detail.items()
    assert subject.ends[0].value is None


def test_an_input_of_the_wrong_type_never_reaches_the_stage(subject: Subject) -> None:
    numbers = program("raise ValueError", takes=NUMBER)
    unplaced = {"config": [{"const": 3}, {"a": 1}, None]}

    subject.run(region([numbers], [call(0, {"const": "x"}), call(1, unplaced)]))

    assert subject.outcomes == {0: "input-invalid", 1: "input-invalid"}
    assert subject.ends[0].detail == {"pointer": "", "expected": NUMBER, "got": 'Text "x"'}
    assert subject.ends[0].input_sha256 == sha256("x")
    assert (subject.ends[1].input_sha256, list(subject.ends[1].detail)) == ("", ["message"])
    assert subject.began == []


def behind(guarded: RegionCall, *guards: tuple[Any, bool]) -> RegionCall:
    return replace(guarded, guards=guards)


def test_a_call_whose_guard_does_not_hold_is_not_taken_and_what_needs_it_goes_on(
    subject: Subject,
) -> None:
    choice = {"call": 0}
    calls = [
        call(0, {"const": 1}, runs=1),
        behind(call(1, {"const": 2}, 0), (choice, True)),
        behind(call(2, {"call": 1}, 0, 1), (choice, True)),
        behind(call(3, {"const": 5}, 0), (choice, False)),
        # Behind the guard that does not hold stands one that nobody can look at.
        behind(call(4, {"call": 2}, 0, 1, 2), (choice, True), ({"call": 1}, True)),
        call(5, {"branch": [choice, {"call": 2}, {"call": 3}]}, 0, 2, 3),
    ]

    subject.run(region([DOUBLE, program("return x == 2")], calls))

    assert subject.outcomes == {
        0: "succeeded", 1: "not-taken", 2: "not-taken", 3: "succeeded", 4: "not-taken",
        5: "succeeded",
    }  # fmt: skip
    assert subject.ends[5].value == b"20"
    assert (subject.ends[1].value, subject.ends[1].input_sha256) == (None, "")
    assert sorted(subject.began) == [0, 3, 5]


def test_what_neither_true_nor_false_was_to_decide_is_input_invalid(subject: Subject) -> None:
    calls = [
        call(0, {"const": "x"}),
        behind(call(1, {"const": 2}, 0), ({"call": 0}, True)),
        call(2, {"branch": [{"call": 0}, {"call": 1}, {"const": 1}]}, 0, 1),
        call(3, {"branch": [{"call": 0}, {"const": 2}, {"const": 1}]}, 0),
    ]

    subject.run(region([DOUBLE], calls))

    assert subject.outcomes == {
        0: "succeeded", 1: "input-invalid", 2: "skipped", 3: "input-invalid",
    }  # fmt: skip
    assert "gave a text" in subject.ends[1].detail["message"]
    assert "gave a text" in subject.ends[3].detail["message"]


def test_a_call_that_is_not_taken_is_no_failure_that_stops_others(subject: Subject) -> None:
    calls = [behind(call(0, {"const": 1}), ({"const": True}, False)), call(1, {"const": 2})]

    subject.run(region([DOUBLE], calls, stop_at_failure=True, parallel=1))

    assert subject.outcomes == {0: "not-taken", 1: "succeeded"}


RAISING = program("print('tried'); raise ValueError('no')")


def tried(index: int, expression: Any, *retries: tuple[int, int, float], runs: int = 0) -> Any:
    return replace(call(index, expression, runs=runs), retries=retries, retries_raised=True)


def test_a_call_that_fails_is_made_as_often_as_its_retry_says(subject: Subject) -> None:
    calls = [tried(0, {"const": 1}, (3, 1, 2.0)), call(1, {"call": 0}, 0), call(2, {"const": 2})]

    subject.run(region([RAISING], calls))

    assert subject.outcomes == {0: "stage-raised", 1: "skipped", 2: "stage-raised"}
    again = [event for event in subject.events if isinstance(event, CallFailedOnce)]
    assert [(one.index, one.outcome, one.pause_seconds) for one in again] == [
        (0, "stage-raised", 0.001), (0, "stage-raised", 0.002),
    ]  # fmt: skip
    assert all(one.detail["message"] == "no" for one in again)
    assert subject.began.count(0) == 3
    logs = [event.log for event in subject.events if isinstance(event, CallLogged)]
    assert logs == [b"tried\n"] * 2  # what the last try printed, and the other call


def test_no_call_waits_for_another_one_s_next_try(subject: Subject) -> None:
    calls = [tried(0, {"const": 1}, (2, 400, 1.0), runs=1)]
    calls += [
        call(n, {"const": 1} if n == 1 else {"call": n - 1}, *range(1, n)[-1:]) for n in (1, 2, 3)
    ]

    subject.run(region([DOUBLE, RAISING], calls, parallel=1))

    assert subject.outcomes == {0: "stage-raised", 1: "succeeded", 2: "succeeded", 3: "succeeded"}
    assert subject.began == [0, 1, 2, 3, 0]


def test_equal_calls_wait_for_the_last_try_of_the_one_that_runs(subject: Subject) -> None:
    subject.run(region([RAISING], [tried(0, {"const": 1}, (2, 50, 1.0)), call(1, {"const": 1})]))

    assert subject.outcomes == {0: "stage-raised", 1: "stage-raised"}
    assert subject.began == [0, 0]


def test_a_try_for_which_there_is_no_time_is_not_made(subject: Subject) -> None:
    calls = [tried(0, {"const": 1}, (2, 3_600_000, 1.0)), call(1, {"call": 0}, 0)]

    subject.run(region([RAISING], calls, run_seconds=2, left_seconds=1.5))

    assert subject.outcomes == {0: "stage-raised", 1: "skipped"}
    assert subject.began == [0]


def test_a_try_is_not_made_after_a_failure_that_is_to_stop_all(subject: Subject) -> None:
    calls = [tried(0, {"const": 1}, (2, 3_600_000, 1.0)), call(1, {"const": 2})]

    subject.run(region([RAISING], calls, parallel=1, stop_at_failure=True))

    assert subject.outcomes == {0: "stage-raised", 1: "stage-raised"}
    assert subject.began == [0, 1]


def test_what_a_call_prints_is_told_after_its_end(subject: Subject) -> None:
    printing = program("print('one', x); print('två'); return 'done'")

    subject.run(region([printing, DOUBLE], [call(0, {"const": 1}), call(1, {"const": 1}, runs=1)]))

    logs = [event for event in subject.events if isinstance(event, CallLogged)]
    expected = "one 1\ntvå\n".encode()
    assert logs == [CallLogged(0, expected)]
    assert subject.ends[0].log_bytes == len(expected)
    assert subject.events.index(subject.ends[0]) < subject.events.index(logs[0])


def test_large_values_go_in_between_and_out_whole(subject: Subject) -> None:
    given = json.dumps("x" * 100_000).encode()
    path = fixed_flat_path("value.json", hashlib.sha256(given).digest())
    calls = [call(0, {"input": None}), call(1, {"call": 0}, 0)]

    subject.run(region([DOUBLE], calls, values=({"path": str(path)},)), {path: given})
    again = Subject(subject.executor, subject.interpreter)
    again.run(region([DOUBLE], calls, values=({"path": str(path)},)), {path: given})

    for each in (subject, again):
        assert each.ends[0].value == json.dumps("x" * 200_000).encode()
        assert each.ends[1].value == json.dumps("x" * 400_000).encode()


def test_a_region_of_nothing_but_skipped_and_known_calls_ends(subject: Subject) -> None:
    knowing = program("raise ValueError", known={sha256(1): 0})

    subject.run(region([knowing], [call(0, {"const": 1}), call(1, {"const": 1})]))

    assert subject.outcomes == {0: "known", 1: "known"}
