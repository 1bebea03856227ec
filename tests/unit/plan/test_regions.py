"""What a region holds: each program and each value once, large values by path."""

from noether_nix.formats.digest import Digest
from noether_nix.formats.store_path import StorePath
from noether_nix.inside.contract import Json, encode
from noether_nix.inside.region import Region
from noether_nix.plan.growing import GrowingPlan
from noether_nix.plan.interpreter import Interpreter
from noether_nix.plan.limits import call_limits
from noether_nix.plan.planner import Plan, PlannedCall
from noether_nix.plan.program import Program, value_path
from noether_nix.plan.regions import INLINE_BYTES, KnownValue, RegionParts, make_region
from noether_nix.stage.model import Stage
from noether_nix.types.text import parse_type

PLACE = Interpreter(StorePath("0" * 32, "noether-python-3.11.2"), "x86_64-linux", "3.11.2")


def known(value: Json) -> KnownValue:
    data = encode(value)
    return KnownValue(Digest.of(data).hex, data)


def program(name: str, source: bytes = b"") -> Program:
    stage = Stage(name, parse_type("Any"), parse_type("Any"), (), source)
    return Program(stage, PLACE, call_limits({}, {}).observable)


def chain(*programs: Program) -> GrowingPlan:
    """Each call takes what the one before it gives."""
    calls = tuple(
        PlannedCall(
            index=index,
            pointer=f"/{index}",
            program=each,
            limits=call_limits({}, {}),
            input={"call": index - 1} if index else {"input": None},
            needs=frozenset({index - 1} if index else ()),
        )
        for index, each in enumerate(programs)
    )
    return GrowingPlan(Plan(PLACE, calls, (), {"call": len(calls) - 1}))


def make(
    plan: GrowingPlan,
    pending: range,
    value: KnownValue,
    outputs: dict[int, KnownValue] | None = None,
    recalled: dict[str, list[tuple[str, KnownValue]]] | None = None,
) -> RegionParts:
    calls = [plan.calls[index] for index in pending]
    return make_region(
        plan, calls, value, outputs or {}, recalled or {}, parallel=2, stop_at_failure=False
    )


def test_calls_of_one_program_share_it_whatever_their_stages_are_called() -> None:
    plan = chain(program("a", b"1"), program("b", b"1"), program("c", b"2"))

    region = make(plan, range(3), known(None)).region

    assert [each.source for each in region.programs] == ["1", "2"]
    assert [call.program for call in region.calls] == [0, 0, 1]


def test_only_the_results_that_are_needed_come_along() -> None:
    plan = chain(*(program("a") for _ in range(4)))

    region = make(plan, range(2, 4), known(None), {0: known("zero"), 1: known("one")}).region

    assert {index: region.values[at] for index, at in region.known.items()} == {1: '"one"'}
    assert [call.needs for call in region.calls] == [(), (2,)]


def test_a_value_that_comes_twice_is_there_once() -> None:
    one = known(["the same"])
    plan = chain(program("a"), program("b"))

    region = make(plan, range(1, 2), one, {0: one}, {plan.calls[1].program.id: [("f" * 64, one)]})

    assert region.region.values == ('["the same"]',)
    assert region.region.programs[0].known == {"f" * 64: 0}


def test_a_value_above_the_bound_comes_by_path_and_one_at_it_does_not() -> None:
    at, above = known("x" * (INLINE_BYTES - 2)), known("x" * (INLINE_BYTES - 1))
    plan = chain(program("a"), program("b"))

    parts = make(plan, range(1, 2), at, {0: above})

    path = value_path(above.sha256)
    assert parts.region.values == (at.data.decode(), {"path": str(path)})
    assert parts.files == {path: above.data}


def test_a_region_of_two_thousand_calls_is_read_back_as_it_was_written() -> None:
    plan = chain(*(program("a", str(number % 5).encode()) for number in range(2_000)))

    region = make(plan, range(2_000), known({"é": [1, 1.0]})).region

    assert Region.from_bytes(region.to_bytes()) == region
    assert len(region.programs) == 5
