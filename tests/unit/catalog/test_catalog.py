"""Stages by id, names as references, and nothing believed that its id does not prove."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

import noether_nix
from noether_nix.catalog.answers import Added, Ambiguous, Found, Move, Unknown
from noether_nix.catalog.catalog import Catalog
from noether_nix.database.connection import Database
from noether_nix.errors import (
    DatabaseDamagedError,
    NameTakenError,
    StageInvalidError,
    UnknownNameError,
)
from noether_nix.stage.effect import PURE
from noether_nix.stage.model import Example, Returns, Stage
from noether_nix.types.model import NUMBER
from tests.unit.stage.test_document import stages

SOURCE = Path(noether_nix.__file__).parents[1]


def a_stage(name: str = "double", code: str = "2 * x") -> Stage:
    source = f"def execute(x):\n    return {code}\n".encode()
    return Stage(name, NUMBER, NUMBER, (PURE,), source, origin=f"/home/me/{name}.py")


DOUBLE, OTHER = a_stage(), a_stage(code="x + x")
TRIPLE = a_stage("triple", "3 * x")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database.open(tmp_path / "noether.sqlite") as opened:
        yield opened


@pytest.fixture
def catalog(database: Database) -> Catalog:
    return Catalog(database)


def test_an_added_stage_is_found_by_name_id_and_beginning(catalog: Catalog) -> None:
    assert catalog.add(DOUBLE, 1.0) == Added(DOUBLE.id, new=True, previous=None)

    for reference in ("double", DOUBLE.id, DOUBLE.id[:8], DOUBLE.id[:63]):
        answer = catalog.find(reference)
        assert answer == Found(DOUBLE)
        assert isinstance(answer, Found)
        assert answer.stage.origin == "/home/me/double.py"


def test_a_signature_means_the_stage_that_its_name_points_to(catalog: Catalog) -> None:
    assert DOUBLE.signature_id == OTHER.signature_id
    catalog.add(DOUBLE, 1.0)
    assert catalog.find(DOUBLE.signature_id) == Found(DOUBLE)

    catalog.add(OTHER, 2.0)
    assert catalog.find(DOUBLE.signature_id) == Found(OTHER)

    catalog.remove_name("double", 3.0)
    answer = catalog.find(DOUBLE.signature_id)
    assert isinstance(answer, Ambiguous)
    assert {one.id for one in answer.candidates} == {DOUBLE.id, OTHER.id}


def test_a_signature_that_stands_in_an_example_is_not_that_of_the_stage(catalog: Catalog) -> None:
    told = Example({"signature_id": DOUBLE.signature_id}, Returns(1))
    catalog.add(replace(TRIPLE, examples=(told,)), 1.0)

    assert catalog.find(DOUBLE.signature_id) == Unknown(DOUBLE.signature_id, ())


def test_adding_what_is_there_writes_nothing(catalog: Catalog, database: Database) -> None:
    catalog.add(DOUBLE, 1.0)
    before = database.row(int, "SELECT total_changes()")

    assert catalog.add(DOUBLE, 2.0) == Added(DOUBLE.id, new=False, previous=None)

    assert database.row(int, "SELECT total_changes()") == before


def test_a_changed_stage_moves_the_name_and_nothing_is_deleted(catalog: Catalog) -> None:
    catalog.add(DOUBLE, 1.0)

    assert catalog.add(OTHER, 2.0) == Added(OTHER.id, new=True, previous=DOUBLE.id)
    assert catalog.add(DOUBLE, 3.0) == Added(DOUBLE.id, new=False, previous=OTHER.id)

    assert catalog.find("double") == Found(DOUBLE)
    assert catalog.find(OTHER.id) == Found(OTHER)
    assert catalog.moves("double") == (
        Move("double", None, DOUBLE.id, 1.0),
        Move("double", DOUBLE.id, OTHER.id, 2.0),
        Move("double", OTHER.id, DOUBLE.id, 3.0),
    )


def test_what_is_no_part_of_the_id_is_brought_up_to_date(catalog: Catalog) -> None:
    catalog.add(DOUBLE, 1.0)
    described = replace(DOUBLE, description="twice the number")

    assert catalog.add(described, 2.0) == Added(DOUBLE.id, new=False, previous=None)

    answer = catalog.find("double")
    assert isinstance(answer, Found)
    assert answer.stage.description == "twice the number"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stage=stages)
def test_any_stage_comes_back_as_it_went_in(catalog: Catalog, stage: Stage) -> None:
    catalog.add(stage, 1.0)

    assert catalog.find(stage.id) == Found(stage)


def test_a_beginning_of_several_ids_names_the_candidates(
    catalog: Catalog, database: Database
) -> None:
    many = [a_stage(f"s{number}") for number in range(3)]
    catalog.add_all(many, 1.0)
    database.execute("PRAGMA foreign_keys = OFF")
    for number, stage in enumerate(many):
        twin = f"{'ab' * 8}{number:048}"
        database.execute("UPDATE stages SET id = ? WHERE id = ?", (twin, stage.id))
        database.execute("UPDATE stage_names SET stage = ? WHERE stage = ?", (twin, stage.id))

    answer = catalog.find("ab" * 6)

    assert isinstance(answer, Ambiguous)
    assert [(one.id[-1], one.names) for one in answer.candidates] == [
        ("0", ("s0",)),
        ("1", ("s1",)),
        ("2", ("s2",)),
    ]


@pytest.mark.parametrize(
    ("reference", "nearest"),
    [
        pytest.param("dubble", ("double",), id="mistyped"),
        pytest.param("Double", ("double",), id="case"),
        pytest.param(DOUBLE.id[:7], (), id="beginning too short"),
        pytest.param("0" * 64, (), id="unknown id"),
        pytest.param("0" * 12, (), id="unknown beginning"),
        pytest.param("", (), id="empty"),
        pytest.param("\udcff", (), id="no text"),
        pytest.param("double' --", ("double",), id="query"),
        pytest.param("./double.py", ("double",), id="path"),
    ],
)
def test_an_unknown_reference_has_nearest_names(
    catalog: Catalog, reference: str, nearest: tuple[str, ...]
) -> None:
    catalog.add_all([DOUBLE, TRIPLE], 1.0)

    assert catalog.find(reference) == Unknown(reference, nearest)


def test_a_name_goes_before_the_beginning_of_an_id_and_never_before_an_id(
    catalog: Catalog,
) -> None:
    catalog.add(DOUBLE, 1.0)
    shadow, mask = a_stage(DOUBLE.id[:8]), a_stage(DOUBLE.id)
    catalog.add_all([shadow, mask], 1.0)

    assert catalog.find(DOUBLE.id[:8]) == Found(shadow)
    assert catalog.find(DOUBLE.id) == Found(DOUBLE)


def test_entries_come_by_name_and_the_nameless_last(catalog: Catalog) -> None:
    catalog.add_all([TRIPLE, DOUBLE], 1.0)
    catalog.add(OTHER, 2.0)

    assert [(entry.stage, entry.names, entry.added) for entry in catalog.entries()] == [
        (OTHER, ("double",), 2.0),
        (TRIPLE, ("triple",), 1.0),
        (DOUBLE, (), 1.0),
    ]


def test_a_renamed_stage_is_found_under_the_new_name_only(catalog: Catalog) -> None:
    catalog.add(DOUBLE, 1.0)

    catalog.rename("double", "twice", 2.0)

    assert catalog.find("twice") == Found(DOUBLE)
    assert isinstance(catalog.find("double"), Unknown)
    assert catalog.moves("double")[-1] == Move("double", DOUBLE.id, None, 2.0)
    assert catalog.moves("twice") == (Move("twice", None, DOUBLE.id, 2.0),)


def test_removing_a_name_keeps_the_stage(catalog: Catalog) -> None:
    catalog.add(DOUBLE, 1.0)

    catalog.remove_name("double", 2.0)

    assert isinstance(catalog.find("double"), Unknown)
    assert catalog.find(DOUBLE.id) == Found(DOUBLE)


def test_names_that_cannot_be_moved_are_refused_with_a_remedy(catalog: Catalog) -> None:
    catalog.add_all([DOUBLE, TRIPLE], 1.0)

    with pytest.raises(UnknownNameError) as unknown:
        catalog.rename("dubble", "x", 2.0)
    with pytest.raises(UnknownNameError):
        catalog.remove_name("\udcff", 2.0)
    with pytest.raises(NameTakenError, match=TRIPLE.id) as taken:
        catalog.rename("double", "triple", 2.0)
    for name in ("Double!", "", "0" * 64):
        with pytest.raises(StageInvalidError):
            catalog.rename("double", name, 2.0)

    assert unknown.value.hint == "did you mean double?"
    assert taken.value.hint
    assert [entry.names for entry in catalog.entries()] == [("double",), ("triple",)]


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("UPDATE stages SET document = replace(document, '2 *', '3 *')", id="code"),
        pytest.param("UPDATE stages SET document = replace(document, 'Number', 'Text')", id="type"),
        pytest.param("UPDATE stages SET document = '{'", id="no JSON"),
        pytest.param("UPDATE stages SET document = '[]'", id="no object"),
        pytest.param("UPDATE stages SET document = '{}'", id="no stage"),
    ],
)
def test_a_stage_that_is_not_what_its_id_says_is_damage(
    catalog: Catalog, database: Database, statement: str
) -> None:
    catalog.add_all([DOUBLE, TRIPLE], 1.0)
    database.execute(statement)

    for reference in ("double", DOUBLE.id):
        with pytest.raises(DatabaseDamagedError):
            catalog.find(reference)
    with pytest.raises(DatabaseDamagedError):
        catalog.entries()


def test_a_stage_under_the_id_of_another_is_damage(catalog: Catalog, database: Database) -> None:
    catalog.add_all([DOUBLE, TRIPLE], 1.0)
    database.execute(
        "UPDATE stages SET document = (SELECT document FROM stages WHERE id = ?) WHERE id = ?",
        (TRIPLE.id, DOUBLE.id),
    )

    with pytest.raises(DatabaseDamagedError, match="is the stage"):
        catalog.find("double")
    assert catalog.find("triple") == Found(TRIPLE)


def test_a_name_that_points_nowhere_is_damage(catalog: Catalog, database: Database) -> None:
    catalog.add(DOUBLE, 1.0)
    database.execute("PRAGMA foreign_keys = OFF")
    database.execute("DELETE FROM stages")

    with pytest.raises(DatabaseDamagedError, match="not there"):
        catalog.find("double")


ADD = """
import sys; from pathlib import Path
from noether_nix.catalog.catalog import Catalog
from noether_nix.database.connection import Database
from tests.unit.catalog.test_catalog import a_stage
with Database.open(Path(sys.argv[1])) as database:
    for number in range(30):
        Catalog(database).add(a_stage(code=f"{number} + {sys.argv[2]}"), 1.0)
"""


def test_processes_that_add_at_once_leave_one_unbroken_history(
    catalog: Catalog, tmp_path: Path
) -> None:
    children = [
        subprocess.Popen(
            [sys.executable, "-c", ADD, tmp_path / "noether.sqlite", str(n)], cwd=SOURCE
        )
        for n in range(2)
    ]
    assert [child.wait() for child in children] == [0, 0]

    moves = catalog.moves("double")
    assert len(moves) == len(catalog.entries()) == 60
    assert [move.old for move in moves] == [None, *(move.new for move in moves[:-1])]
