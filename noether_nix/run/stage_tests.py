"""Trying a stage on many inputs at once: its examples, or whatever is generated.

All cases are the calls of one graph, so they run in one build, and what is known does not run.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from noether_nix.catalog.answers import Found
from noether_nix.errors import Problem
from noether_nix.frozen import dataclass, replace
from noether_nix.inside.contract import Json, encode
from noether_nix.run.house import House
from noether_nix.run.loading import LoadedGraph, load_graph_text
from noether_nix.run.options import RunOptions
from noether_nix.run.order import Listener
from noether_nix.run.outcome import outcome_in_words
from noether_nix.run.report import CallReport
from noether_nix.run.start import run_loaded
from noether_nix.stage.effect import FALLIBLE
from noether_nix.stage.model import Raises, Returns, Stage
from noether_nix.stage.property import identity
from noether_nix.stage.property_check import typed_properties

if TYPE_CHECKING:
    from noether_nix.process.child import Cancellation

_MOST_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Case:
    """An input, and what calling the stage with it must do; ``expected`` None: be as declared."""

    name: str
    input: Json
    expected: Returns | Raises | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a case.

    Attributes:
        call: how its call ended.
        problem: why the case does not hold, with the outcome as its code where that is why.
        output: what the call gave; None also where it gave nothing.
    """

    case: Case
    call: CallReport
    problem: Problem | None = None
    output: Json = None

    @property
    def ok(self) -> bool:
        """Whether the case holds."""
        return self.problem is None


@dataclass(frozen=True, slots=True)
class Tried:
    """The cases of one run, in order; of a run that was stopped, those that had ended."""

    run: str
    verdicts: tuple[Verdict, ...]
    interrupted: bool = False


class StageTrial:
    """Runs cases of one stage; with ``register`` it is registered by that, as one in a file is.

    Raises:
        EffectUndeclaredError: it is to be registered, and its code shows more than it declares.
    """

    def __init__(
        self,
        house: House,
        stage: Stage,
        options: RunOptions | None = None,
        on_event: Listener = lambda _event: None,
        cancellation: "Cancellation | None" = None,
        *,
        register: bool = False,
    ) -> None:
        if register:
            house.admit(stage)
        self.stage = stage
        self._register = register
        self._house = house
        self._options = options or RunOptions()
        self._on_event = on_event
        self._cancellation = cancellation
        self._properties = typed_properties(stage)
        self._is_fallible = FALLIBLE in stage.effects

    def run(self, cases: Sequence[Case]) -> Tried:
        """Run them in one build.

        Raises:
            NoetherError: as a run does that does not come about.
        """
        report = run_loaded(
            self._house,
            self._graph(cases),
            None,
            self._options,
            self._on_event,
            cancellation=self._cancellation,
        )
        calls = {call.pointer: call for call in report.calls}
        pairs = [(case, calls[_pointer(number)]) for number, case in enumerate(cases, 1)]
        judged = [self._judge(case, call) for case, call in pairs if not call.was_stopped]
        return Tried(report.run, tuple(judged), report.interrupted)

    def examples(self) -> list[Case]:
        """The stage's examples as cases."""
        return [
            Case(f"example {number}", example.input, example.expected)
            for number, example in enumerate(self.stage.examples, 1)
        ]

    def _graph(self, cases: Sequence[Case]) -> LoadedGraph:
        node = {"op": "Stage", "id": self.stage.id, "pinning": "both"}
        branches: dict[str, Any] = {
            str(number): {
                "op": "Sequential",
                "stages": [{"op": "Const", "value": case.input}, node],
            }
            for number, case in enumerate(cases, 1)
        }
        name = self.stage.name
        document: Json = {
            "description": f"{name} on {len(cases)} inputs",
            "version": "1.0.0",
            "root": {"op": "Parallel", "branches": branches},
        }
        loaded = load_graph_text(
            json.dumps(document).encode(),
            source=f"the cases of {name}",
            name=f"test of {name}",
            folder=Path(),
            find=lambda _id: Found(self.stage),
        )
        return replace(loaded, paths={name: self.stage}) if self._register else loaded

    def _judge(self, case: Case, call: CallReport) -> Verdict:
        if not call.ok:
            return self._judge_failure(case, call)
        output = self._value(call)
        match case.expected:
            case Raises(name):
                fault = f"gave {shown(output)}, and should raise {name}"
                return Verdict(case, call, Problem("example-broken", fault), output)
            case Returns(value) if identity(value) != identity(output):
                fault = f"gave {shown(output)}, and should give {shown(value)}"
                if place := _difference(value, output):
                    fault += f" (they differ at {place})"
                return Verdict(case, call, Problem("example-broken", fault), output)
        for one in self._properties:
            broken = one.violation(case.input, output)
            if broken is not None:
                fault = f"gave {shown(output)}, which breaks {one.property.kind}: {broken.message}"
                return Verdict(case, call, Problem("property-violated", fault), output)
        return Verdict(case, call, output=output)

    def _judge_failure(self, case: Case, call: CallReport) -> Verdict:
        words = outcome_in_words(call.outcome, call.detail)
        has_raised = call.outcome == "stage-raised"
        match case.expected:
            case Raises(name):
                raised = str(call.detail.get("type", ""))
                if has_raised and raised.rpartition(".")[2] == name.rpartition(".")[2]:
                    return Verdict(case, call)
                problem = Problem("example-broken", f"{words}, and should raise {name}")
            case Returns(value):
                problem = Problem(call.outcome, f"{words}, and should give {shown(value)}")
            case _ if has_raised and self._is_fallible:
                return Verdict(case, call)
            case _:
                undeclared = ", and Fallible is not among the effects" if has_raised else ""
                hint = self._what_helps() if has_raised else ""
                problem = Problem(call.outcome, words + undeclared, hint=hint)
        return Verdict(case, call, problem)

    def _what_helps(self) -> str:
        """What to do about a stage that raises for an input of its own Input type."""
        effects = ", ".join((*map(str, self.stage.effects), "Fallible"))
        return (
            "have an answer for such an input, leave it out of Input (as with Pattern, NonEmpty "
            f"or Range), or declare that the stage may raise: Effects: [{effects}]"
        )

    def _value(self, call: CallReport) -> Json:
        assert call.key is not None
        record = self._house.results.find_many([call.key])[call.key]
        value: Json = json.loads(self._house.results.read(record))
        return value


def shown(value: Json) -> str:
    """A value in a line of a message; the beginning of a long one."""
    text = encode(value).decode()
    return text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 1] + "…"


def _pointer(number: int) -> str:
    return f"/root/branches/{number}/stages/1"


def _difference(expected: Json, given: Json) -> str:
    """The JSON Pointer to the first place where two values of one kind part."""
    from noether_nix.formats.json_pointer import escape

    pointer = ""
    while True:
        match expected, given:
            case dict(), dict() if expected.keys() == given.keys():
                steps: Sequence[str | int] = list(expected)
            case list(), list() if len(expected) == len(given):
                steps = range(len(expected))
            case _:
                return pointer
        step = next(one for one in steps if not _is_same(expected, given, one))
        expected, given = expected[step], given[step]  # type: ignore[index]
        pointer += f"/{escape(str(step))}"


def _is_same(one: Any, other: Any, step: str | int) -> bool:
    return identity(one[step]) == identity(other[step])
