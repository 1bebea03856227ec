import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from noether_nix.database.connection import Database
from noether_nix.errors import HashMismatchError, ToolchainUnusableError
from noether_nix.formats.nar import nar_hash_of_path
from noether_nix.formats.store_path import StorePath, fixed_recursive_path
from noether_nix.process.child import run
from noether_nix.process.nix import Nix
from noether_nix.toolchain.choice import ToolchainChoice
from noether_nix.toolchain.current import current_toolchain, find_toolchain, update_toolchain
from noether_nix.toolchain.host import make_host_toolchain
from noether_nix.toolchain.interpreter import inspect_interpreter, running_interpreter
from noether_nix.toolchain.model import ToolchainReference
from tests.nix.which_nix import PROGRAMS

pytestmark = pytest.mark.nix

PROJECT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("inside_toolchain.py")

OURS = ToolchainChoice(python=running_interpreter())

Taken: TypeAlias = tuple[Nix, ToolchainReference]


def silent(_words: str) -> None:
    """Nobody listens."""


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Taken:
    """A store with the toolchain of the Python that runs the tests; it is only read."""
    nix = Nix(PROGRAMS, tmp_path_factory.mktemp("home") / "nix")
    return nix, make_host_toolchain(nix, running_interpreter(), say=silent)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database.open(tmp_path / "noether.sqlite") as opened:
        yield opened


def run_inside(nix: Nix, toolchain: ToolchainReference, script: Path, scratch: Path) -> bytes:
    """Run a script with the toolchain in the sandbox, with nothing else there."""
    start = toolchain.interpreter
    arguments = " ".join(json.dumps(text) for text in start.arguments)
    zones = f"{toolchain.path}/share/zoneinfo"
    found = {"LOCPATH": f"{toolchain.path}/lib/locale", "PYTHONTZPATH": zones, "TZDIR": zones}
    variables = "".join(f"  {name} = {json.dumps(value)};\n" for name, value in found.items())
    path = json.dumps(str(toolchain.path))
    expression = scratch / "inside.nix"
    expression.write_text(
        "derivation {\n  preferLocalBuild = true;\n"
        f'  name = "inside";\n  system = "{toolchain.system}";\n'
        f"  builder = builtins.appendContext {json.dumps(start.builder)}\n"
        f"    {{ {path} = {{ path = true; }}; }};\n"
        f"  args = [ {arguments} {script} ];\n{variables}}}\n"
    )
    build = nix.build_file(expression)
    assert build.out is not None, build.exit.stderr_tail.decode()
    return nix.physical(build.out).read_bytes()


@pytest.fixture(scope="module")
def found(taken: Taken, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    nix, toolchain = taken
    document = json.loads(run_inside(nix, toolchain, SCRIPT, tmp_path_factory.mktemp("inside")))
    assert isinstance(document, dict)
    return document


def test_every_module_that_is_shipped_is_as_importable_as_on_the_host(
    found: dict[str, Any], tmp_path: Path
) -> None:
    interpreter = inspect_interpreter(running_interpreter(), home=tmp_path)
    argv = (
        str(interpreter.program), "-s", "-S", "-P", "-X", "utf8", str(SCRIPT),
        str(interpreter.library), str(interpreter.extension_modules),
    )  # fmt: skip

    end = run(argv, environment={}, stdin=json.dumps(found["modules"]).encode())

    assert len(found["modules"]) > 400
    assert set(found["failed"]) == set(json.loads(end.stdout))
    assert not [why for why in found["failed"].values() if ".so" in why]


def test_only_what_is_not_wanted_is_left_out(found: dict[str, Any]) -> None:
    there = {name.partition(".")[0] for name in found["modules"]}
    unwanted = {"ensurepip", "idlelib", "lib2to3", "tkinter", "turtle", "turtledemo"}

    assert not unwanted & there
    assert {"asyncio", "ctypes", "decimal", "sqlite3", "ssl", "unittest", "zoneinfo"} <= there


def test_what_is_easily_missed_is_there(found: dict[str, Any], taken: Taken) -> None:
    facts, root = found["facts"], str(taken[1].path)

    assert facts["locale"] == "C.UTF-8"
    assert facts["encoding"] == "utf-8"
    assert facts["zone"] == "2:00:00"
    assert facts["zones"] > 400
    assert facts["local zone"] == "CET"
    assert facts["sqlite"] == 42
    assert facts["tls"] == "PROTOCOL_TLS_CLIENT"
    assert facts["digests"] == "a7ffc6f8"
    assert facts["executable"] == f"{root}/bin/python3"
    assert all(folder.startswith(root) for folder in facts["path"])
    assert facts["prefix"] == root
    assert facts["library path"].startswith(root)
    assert facts["flags"] == [1, True, 1]
    assert facts["source"]


def test_bytecode_is_used_without_looking_at_the_source(found: dict[str, Any]) -> None:
    # The fifth byte says how a file is checked: 1 is by a hash, and not at all.
    assert found["facts"]["bytecode"] == [True, 1]


def test_nothing_of_the_host_is_needed(found: dict[str, Any]) -> None:
    assert found["facts"]["root"] == ["build", "dev", "etc", "nix", "proc", "tmp"]
    assert found["facts"]["mapped"] == []


def test_the_path_is_that_of_the_bytes(taken: Taken) -> None:
    nix, toolchain = taken
    digest, _size = nar_hash_of_path(nix.physical(toolchain.path))

    assert toolchain.nar_hash == digest
    assert toolchain.path == fixed_recursive_path(toolchain.path.name, digest.raw)


def test_files_have_one_of_two_modes_and_there_are_no_links(taken: Taken) -> None:
    nix, toolchain = taken
    root = nix.physical(toolchain.path)
    files = [path for path in root.rglob("*") if not path.is_dir()]

    assert not [path for path in files if path.is_symlink()]
    assert sorted(str(path.relative_to(root)) for path in files if path.stat().st_mode & 0o111) == [
        "bin/python3",
        "lib/" + Path(toolchain.interpreter.builder).name,
    ]


def test_another_process_in_another_place_makes_the_same_bytes(
    taken: Taken, tmp_path: Path
) -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from noether_nix.process.nix import Nix\n"
        "from noether_nix.process.nix_programs import NixPrograms\n"
        "from noether_nix.toolchain.host import make_host_toolchain\n"
        f"nix = Nix(NixPrograms(Path({str(PROGRAMS.folder)!r})), Path(sys.argv[1]))\n"
        "print(make_host_toolchain(nix, Path(sys.executable), say=str).render())\n"
    )

    end = run(
        (sys.executable, "-c", code, str(tmp_path / "somewhere/else/altogether/nix")),
        environment={"PYTHONHASHSEED": "17", "PYTHONPATH": str(PROJECT), "TZ": "UTC+7"},
        directory=tmp_path,
    )

    assert end.ok, end.stderr_tail.decode()
    assert ToolchainReference.parse(end.stdout.decode()) == taken[1]


def record(database: Database, toolchain: ToolchainReference) -> None:
    database.execute(
        "INSERT INTO toolchains (name, document) VALUES ('current', ?)", (toolchain.render(),)
    )


def test_a_toolchain_is_taken_once_and_said_so(
    taken: Taken, database: Database, tmp_path: Path
) -> None:
    nix, toolchain = taken
    said: list[str] = []
    assert find_toolchain(database) is None

    first = current_toolchain(database, nix, OURS, say=said.append)
    words = len(said)
    # Another setting changes nothing: only an update does.
    second = current_toolchain(
        database, nix, ToolchainChoice(python=Path("/no/such/python")), say=said.append
    )

    assert first == second == toolchain == find_toolchain(database)
    assert words == 2
    assert said[words:] == []
    assert toolchain.path not in nix.collect_garbage(only_print=True)


def test_a_toolchain_that_was_taken_is_found_without_what_starts_programs(
    taken: Taken, database: Database
) -> None:
    nix, toolchain = taken
    record(database, toolchain)
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from noether_nix.database.connection import Database\n"
        "from noether_nix.process.nix import Nix\n"
        "from noether_nix.process.nix_programs import NixPrograms\n"
        "from noether_nix.toolchain.choice import ToolchainChoice\n"
        "from noether_nix.toolchain.current import current_toolchain\n"
        "nix = Nix(NixPrograms(Path('/no/nix/here')), Path(sys.argv[2]))\n"
        "with Database.open(Path(sys.argv[1])) as database:\n"
        "    print(current_toolchain(database, nix, ToolchainChoice(), say=print).path)\n"
        "print('subprocess' in sys.modules, 'noether_nix.toolchain.host' in sys.modules)\n"
    )

    end = run(
        (sys.executable, "-c", code, str(database.path), str(nix.folder)),
        environment={"PYTHONPATH": str(PROJECT)},
    )

    assert end.stdout.decode().splitlines() == [str(toolchain.path), "False False"]


def test_a_toolchain_that_is_gone_from_the_store_is_taken_again(
    taken: Taken, database: Database, tmp_path: Path
) -> None:
    emptied = Nix(PROGRAMS, tmp_path / "nix")
    record(database, taken[1])

    assert current_toolchain(database, emptied, ToolchainChoice(), say=silent) == taken[1]
    assert emptied.physical(taken[1].path).exists()
    assert emptied.collect_garbage(only_print=True) == ()


def test_a_toolchain_that_no_python_here_gives_any_more_is_an_error_with_the_remedy(
    taken: Taken, database: Database
) -> None:
    nix, toolchain = taken
    lost = replace(toolchain, path=StorePath("0" * 32, "noether-python-3.11.0"))
    record(database, lost)

    with pytest.raises(ToolchainUnusableError, match="is gone from the store") as caught:
        current_toolchain(database, nix, ToolchainChoice(), say=silent)

    assert "noether toolchain update" in caught.value.hint
    assert find_toolchain(database) == lost


def test_an_update_takes_the_toolchain_anew_and_lets_the_old_one_go(
    taken: Taken, database: Database
) -> None:
    nix, toolchain = taken
    old = replace(toolchain, path=StorePath("0" * 32, "noether-python-3.11.0"))
    record(database, old)
    nix.add_root(f"toolchain-{old.path.digest}", toolchain.path)

    assert update_toolchain(database, nix, ToolchainChoice(), say=silent) == (old, toolchain)
    assert find_toolchain(database) == toolchain
    assert [link.name for link in nix.roots_folder.iterdir()] == [
        f"toolchain-{toolchain.path.digest}"
    ]


def test_a_new_database_does_not_believe_an_altered_toolchain(
    taken: Taken, database: Database, tmp_path: Path
) -> None:
    nix, toolchain = Nix(PROGRAMS, tmp_path / "nix"), taken[1]
    copy = tmp_path / toolchain.path.name
    shutil.copytree(taken[0].physical(toolchain.path), copy)
    assert nix.add_tree(copy) == toolchain.path
    file = next((nix.physical(toolchain.path) / "lib").glob("python*/os.py"))
    file.chmod(0o644)
    with file.open("a") as opened:
        opened.write("# altered\n")

    with pytest.raises(HashMismatchError, match="is not what was added") as caught:
        current_toolchain(database, nix, ToolchainChoice(), say=silent)

    assert "--delete" in caught.value.hint
    assert find_toolchain(database) is None


def nixpkgs_that_says(folder: Path, nix_text: str) -> ToolchainChoice:
    folder.mkdir()
    (folder / "default.nix").write_text(nix_text)
    return ToolchainChoice(provider="nixpkgs", nixpkgs=str(folder))


@pytest.mark.parametrize(
    ("nix_text", "words"),
    [
        pytest.param("{ ... }: {", "gives no toolchain: .*syntax error", id="broken"),
        pytest.param(
            '{ ... }: { callPackage = _: _: throw "not for you"; }', "not for you", id="it throws"
        ),
        pytest.param(
            "{ system, ... }: { callPackage = _: _: derivation { inherit system; "
            'name = "noether-python-3.13.1"; builder = "/no/such/program"; }; }',
            "gives no toolchain: .*(noether-python-3.13.1|/no/such/program)",
            id="its build fails",
        ),
    ],
)
def test_a_nixpkgs_that_gives_no_toolchain_is_an_error_with_another_way(
    nix_text: str, words: str, taken: Taken, database: Database, tmp_path: Path
) -> None:
    choice = nixpkgs_that_says(tmp_path / "nixpkgs", nix_text)

    with pytest.raises(ToolchainUnusableError, match=words) as caught:
        update_toolchain(database, taken[0], choice, say=silent)

    assert "noether toolchain update --provider host" in caught.value.hint
    assert find_toolchain(database) is None


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        pytest.param(
            ToolchainChoice(provider="nixpkgs", nixpkgs="/no/such/folder"),
            "there is no nixpkgs in /no/such/folder",
            id="no folder",
        ),
        pytest.param(
            ToolchainChoice(provider="nixpkgs", closure=Path("/no/noether-python-3.13.1")),
            "of noether's package is gone",
            id="no closure",
        ),
        pytest.param(
            ToolchainChoice(provider="nixpkgs", nixpkgs="https://nixpkgs.invalid/a.tar.gz"),
            "cannot be fetched",
            id="no network",
        ),
    ],
)
def test_what_is_not_there_is_said_with_a_way_to_go_on(
    choice: ToolchainChoice, words: str, taken: Taken, database: Database
) -> None:
    with pytest.raises(ToolchainUnusableError, match=words) as caught:
        update_toolchain(database, taken[0], choice, say=silent)

    assert caught.value.hint


def test_a_closure_that_is_there_is_taken_by_its_content(
    taken: Taken, database: Database, tmp_path: Path
) -> None:
    nix, host = taken
    closure = nix.physical(host.path)
    choice = ToolchainChoice(provider="nixpkgs", closure=closure)

    before, after = update_toolchain(database, nix, choice, say=silent)

    assert before is None
    assert after == replace(host, provider="nixpkgs", source=str(closure))
    assert find_toolchain(database) == after
