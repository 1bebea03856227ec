"""A stage's package is a program that gives what a run gives, also where nothing else is."""

import json
import os
from pathlib import Path

import pytest

from noether_nix.formats.store_path import StorePath
from noether_nix.inside.contract import Json
from noether_nix.nixexpr.escape import nix_path, nix_string
from noether_nix.nixexpr.render import render_package
from noether_nix.plan.package import Package
from noether_nix.plan.program import Program
from noether_nix.process.child import run
from tests.nix.calls import Place, make_place, make_stage

pytestmark = pytest.mark.nix

COUNT = '''"""Count the words of a text."""
import os
import sys
import threading
import numerals

def execute(value):
    print("on its way", file=sys.stdout)
    text = value["text"]
    match text:
        case "exit":
            os._exit(0)
        case "signal":
            os.kill(os.getpid(), 11)
        case "fork":
            os.fork()
        case "wrong":
            return {"words": "many"}
        case "late":
            threading.Thread(target=threading.Event().wait).start()
    first = sorted(text.split())[0]
    return {"words": len(text.split()), "first": numerals.shown(first), "set": list({*text}),
            "threads": [t for t in (len(os.listdir()), os.environ["TZ"], sys.argv)]}
'''
NUMERALS = b"def shown(text):\n    return text.upper() + ' \xc3\xa9'\n"

# Runs the program as a sandboxed derivation's own step, with an environment that would break it.
USER = """
import json, os, subprocess
given = json.loads(os.environ["given"])
said = []
for text, words in given:
    done = subprocess.run(
        [os.environ["program"], *words], input=text.encode(), capture_output=True,
        env={"LD_PRELOAD": "/nothing.so", "LD_LIBRARY_PATH": "/", "PYTHONHOME": "/",
             "PYTHONPATH": "/", "PYTHONHASHSEED": "random", "TZ": "Asia/Tokyo"})
    said.append([done.returncode, done.stdout.decode(), done.stderr.decode()])
with open(os.environ["out"], "w") as file:
    json.dump({"said": said, "left": [n for n in os.listdir("/tmp") if "noether" in n],
               "shell": os.path.exists("/bin/sh")}, file)
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, prepared: Path) -> Place:
    return make_place(tmp_path_factory.mktemp("packages"), prepared)


@pytest.fixture(scope="module")
def program(place: Place) -> Program:
    stage = make_stage(
        COUNT,
        name="count_words",
        given='{ text: Text, "note"?: Number }',
        gives="{ words: Number }",
        helpers={"numerals.py": NUMERALS},
    )
    return place.program(stage)


@pytest.fixture(scope="module")
def built(place: Place, program: Program) -> StorePath:
    package = Package(program)
    place.add(package.contents)
    build = place.build(render_package(package))
    assert build.out is not None, build.exit.stderr_tail.decode()
    return build.out


def use(place: Place, package: StorePath, given: list[tuple[str, list[str]]]) -> dict[str, Json]:
    """Run the package's program in a derivation of its own."""
    flags = " ".join(nix_string(word) for word in place.interpreter.arguments)
    build = place.build(
        "let inStore = path: builtins.appendContext path { ${path} = { path = true; }; };\n"
        f"toolchain = {nix_path(place.interpreter.toolchain)};\n"
        'in derivation { name = "user"; '
        f"system = {nix_string(place.interpreter.system)}; builder = "
        f'"${{toolchain}}/lib/{place.interpreter.loader}"; args = [ {flags} "-c" '
        f'{nix_string(USER)} ]; program = "${{{nix_path(package)}}}/bin/count_words"; '
        f"given = {nix_string(json.dumps(given))}; }}"
    )
    assert build.out is not None, build.exit.stderr_tail.decode()
    found = json.loads(place.nix.physical(build.out).read_bytes())
    assert isinstance(found, dict)
    return found


def test_a_package_gives_the_bytes_of_a_run_and_its_prints_elsewhere(
    place: Place, program: Program, built: StorePath
) -> None:
    values: list[Json] = [{"text": "one two"}, {"text": "ünï ⅷ b", "note": 1.0}, {"text": "late"}]
    found = use(place, built, [(json.dumps(value), []) for value in values])
    fused = place.run_fused([(program, value) for value in values])

    assert not found["shell"], "the test proves less where there is a shell"
    assert found["left"] == []
    assert found["said"] == [
        [0, fused.value(index).decode(), "on its way\n"] for index in range(len(values))
    ]


@pytest.mark.parametrize(
    ("given", "words", "code", "reason"),
    [
        pytest.param('{"text":""}', [], 6, "IndexError: list index out of range", id="raises"),
        pytest.param('{"text":"fork"}', [], 6, "effect-denied: ", id="effect"),
        pytest.param('{"text":"exit"}', [], 6, "output-invalid: no result", id="no result"),
        pytest.param('{"text":"signal"}', [], 6, "killed: SIGSEGV", id="killed"),
        pytest.param('{"text":"wrong"}', [], 6, "output-invalid: ", id="wrong type out"),
        pytest.param('{"tex":"a"}', [], 2, "input-invalid: ", id="wrong type in"),
        pytest.param('{"text":"a","text":"b"}', [], 2, "stands twice", id="twice"),
        pytest.param("{", [], 2, "input-invalid: no JSON", id="no JSON"),
        pytest.param("", [], 2, "input-invalid: no JSON", id="nothing"),
        pytest.param('{"text":"a"}', ["-v"], 2, "no arguments", id="an argument"),
    ],
)
def test_what_fails_says_why_on_standard_error_and_nothing_else(
    place: Place, built: StorePath, given: str, words: list[str], code: int, reason: str
) -> None:
    found = use(place, built, [(given, words)])

    said = found["said"]
    assert isinstance(said, list)
    ((ended, out, told),) = [tuple(one) if isinstance(one, list) else () for one in said]
    assert (ended, out) == (code, "")
    assert reason in str(told)


def test_a_package_refers_to_the_toolchain_and_holds_the_rest(
    place: Place, program: Program, built: StorePath
) -> None:
    root = place.nix.physical(built)
    held = {
        str(file.relative_to(root)): file.read_bytes()
        for file in root.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    mentioned = {
        path
        for path in (*Package(program).contents, program.interpreter.toolchain)
        if any(path.digest.encode() in data for data in held.values())
    }

    assert mentioned == {program.interpreter.toolchain}
    assert held["lib/stage.py"] == program.stage.source
    assert held["lib/helpers/numerals.py"] == NUMERALS
    assert len(held["bin/count_words"]) < 4096


def test_building_a_package_again_gives_the_same_bytes(
    place: Place, program: Program, built: StorePath, tmp_path: Path
) -> None:
    file = tmp_path / "package.nix"
    file.write_text(render_package(Package(program)))

    again = place.nix.build_file(file, check=True)

    assert again.out == built, again.exit.stderr_tail.decode()


def test_a_program_whose_closure_is_not_there_says_so(
    place: Place, built: StorePath, tmp_path: Path
) -> None:
    # In a namespace in which /nix/store, if there is one, is empty.
    launcher = tmp_path / "count_words"
    launcher.write_bytes(place.nix.physical(built).joinpath("bin/count_words").read_bytes())
    launcher.chmod(0o755)

    kept = () if os.geteuid() == 0 else ("--map-current-user", "--keep-caps")
    emptied = '[ ! -d /nix/store ] || mount -t tmpfs none /nix/store; exec "$0"'

    argv = ("/usr/bin/unshare", "--mount", *kept, "/bin/sh", "-c", emptied, str(launcher))
    end = run(argv, environment={"PATH": "/usr/bin:/bin"}, stdin=b"{}")

    assert end.code == 127
    assert b"is its whole closure there?" in end.stderr_tail
