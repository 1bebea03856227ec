"""Frozen dataclasses are those of the standard library, made in less time."""

import copy
import dataclasses
import pickle
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import pytest

from noether_nix import frozen

BOTH = [
    pytest.param(dataclasses.dataclass, id="of the standard library"),
    pytest.param(frozen.dataclass, id="ours"),
]


@frozen.dataclass(frozen=True, slots=True)
class Point:
    """Pickled by its name, so it stands here."""

    x: int
    y: int = 0


def make(dataclass: Callable[..., Any], **options: bool) -> Any:
    field = frozen.field if dataclass is frozen.dataclass else dataclasses.field

    @dataclass(frozen=True, **options)
    class Thing:
        """A thing."""

        name: str
        size: int = 1
        facts: Mapping[str, int] = field(default_factory=dict, repr=False)
        origin: str | None = field(default=None, compare=False)

        def __post_init__(self) -> None:
            if not self.name:
                raise ValueError("a thing without a name")

    return Thing


@pytest.mark.parametrize("dataclass", BOTH)
@pytest.mark.parametrize("options", [{}, {"slots": True}, {"slots": True, "kw_only": True}])
def test_an_object_is_made_shown_compared_and_replaced(
    dataclass: Callable[..., Any], options: dict[str, bool]
) -> None:
    kind = make(dataclass, **options)
    one = kind(name="a", origin="here")
    other = kind(name="a", size=1, facts={})

    assert (one.name, one.size, one.facts, one.origin) == ("a", 1, {}, "here")
    assert repr(one).endswith("Thing(name='a', size=1, origin='here')")
    assert one == other
    assert one != kind(name="a", size=2)
    assert one != "a"
    assert one.facts is not other.facts
    assert dataclasses.replace(one, size=3) == kind(name="a", size=3)
    assert dataclasses.asdict(one) == {"name": "a", "size": 1, "facts": {}, "origin": "here"}
    assert copy.copy(one) == one


@pytest.mark.parametrize("dataclass", BOTH)
@pytest.mark.parametrize("options", [{}, {"slots": True}])
def test_nothing_of_an_object_changes(
    dataclass: Callable[..., Any], options: dict[str, bool]
) -> None:
    one = make(dataclass, **options)("a")

    with pytest.raises(dataclasses.FrozenInstanceError):
        one.size = 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        del one.size
    assert one.size == 1


@pytest.mark.parametrize("dataclass", BOTH)
def test_equal_objects_have_equal_hashes(dataclass: Callable[..., Any]) -> None:
    @dataclass(frozen=True, slots=True)
    class Pair:
        first: int
        second: int = 2

    assert {Pair(1), Pair(1, 2)} == {Pair(1)}
    match Pair(3, 4):
        case Pair(first, second):
            assert (first, second) == (3, 4)


@pytest.mark.parametrize("dataclass", BOTH)
@pytest.mark.parametrize(
    ("given", "named"),
    [
        pytest.param((), {}, id="nothing"),
        pytest.param(("a", 1, {}, None, 5), {}, id="too much"),
        pytest.param(("a",), {"weight": 1}, id="an unknown name"),
        pytest.param(("a",), {"name": "b"}, id="twice"),
    ],
)
def test_wrong_arguments_are_refused(
    dataclass: Callable[..., Any], given: tuple[Any, ...], named: dict[str, Any]
) -> None:
    with pytest.raises(TypeError):
        make(dataclass)(*given, **named)


@pytest.mark.parametrize("dataclass", BOTH)
def test_what_the_class_says_after_it_is_made_is_heard(dataclass: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match="without a name"):
        make(dataclass)("")


@pytest.mark.parametrize("dataclass", BOTH)
def test_what_a_class_defines_itself_is_kept(dataclass: Callable[..., Any]) -> None:
    @dataclass(frozen=True, slots=True)
    class Loud:
        name: str

        def __repr__(self) -> str:
            return self.name.upper()

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Loud) and self.name.lower() == other.name.lower()

        def __hash__(self) -> int:
            return hash(self.name.lower())

    assert repr(Loud("a")) == "A"
    assert {Loud("a"), Loud("A")} == {Loud("a")}


@pytest.mark.parametrize("dataclass", BOTH)
def test_a_class_without_fields_has_equal_objects(dataclass: Callable[..., Any]) -> None:
    @dataclass(frozen=True, slots=True)
    class Nothing:
        """Nothing."""

    assert Nothing() == Nothing()
    assert hash(Nothing()) == hash(Nothing())


@pytest.mark.parametrize("dataclass", BOTH)
def test_without_comparing_an_object_equals_itself_alone(dataclass: Callable[..., Any]) -> None:
    @dataclass(frozen=True, slots=True, eq=False)
    class Own:
        name: str

    one = Own("a")

    assert one == one
    assert one != Own("a")
    assert len({one, Own("a")}) == 2


@pytest.mark.parametrize("dataclass", BOTH)
def test_what_has_an_order_or_can_change_is_made_as_ever(dataclass: Callable[..., Any]) -> None:
    @dataclass(frozen=True, slots=True, order=True)
    class Ordered:
        place: int

    @dataclass(slots=True)
    class Loose:
        place: int

    loose = Loose(1)
    loose.place = 2

    assert sorted([Ordered(2), Ordered(1)]) == [Ordered(1), Ordered(2)]
    assert loose == Loose(2)


def test_an_object_goes_through_pickle() -> None:
    assert pickle.loads(pickle.dumps(Point(1, 2))) == Point(1, 2)


@pytest.mark.parametrize("dataclass", BOTH)
@pytest.mark.parametrize("options", [{}, {"slots": True}])
def test_a_class_adds_to_the_fields_of_another(
    dataclass: Callable[..., Any], options: dict[str, bool]
) -> None:
    @dataclass(frozen=True, **options)
    class Part:
        kinds: ClassVar[tuple[str, ...]] = ("part",)
        name: str
        size: int = 1

    @dataclass(frozen=True, **options)
    class Wheel(Part):
        size: int = 2
        spokes: int = 30

    one = Wheel("front")

    assert (one.name, one.size, one.spokes, one.kinds) == ("front", 2, 30, ("part",))
    assert [each.name for each in dataclasses.fields(Wheel)] == ["name", "size", "spokes"]
    assert Part("front", 2) != one
    assert dataclasses.replace(one, spokes=3) == Wheel("front", 2, 3)
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(one, "size", 3)  # noqa: B010 - else a type checker refuses it


@pytest.mark.parametrize("dataclass", BOTH)
def test_a_default_that_all_objects_would_share_is_refused(
    dataclass: Callable[..., Any],
) -> None:
    with pytest.raises(ValueError, match=r"mutable default .*parts"):

        @dataclass(frozen=True, slots=True)
        class Whole:
            parts: list[int] = []  # noqa: RUF012 - this is what is refused


def test_what_can_change_takes_our_fields_too() -> None:
    @frozen.dataclass(slots=True)
    class Loose:
        parts: list[int] = frozen.field(default_factory=list)

    loose = Loose()
    loose.parts.append(1)

    assert frozen.replace(loose) == Loose([1])
    assert Loose() == Loose([])


def test_the_names_of_fields_are_told() -> None:
    assert frozen.field_names(Point) == ("x", "y")


def test_the_standard_library_s_are_imported_when_they_are_asked_for() -> None:
    code = (
        "import sys\n"
        "from noether_nix.frozen import replace\n"
        "from noether_nix.run.report import CallReport, Report\n"
        "import noether_nix.store.record, noether_nix.ledger.model, noether_nix.run.options\n"
        "assert 'dataclasses' not in sys.modules, 'imported'\n"
        "assert 'inspect' not in sys.modules, 'imported'\n"
    )
    subprocess.run([sys.executable, "-P", "-c", code], check=True, timeout=60)
