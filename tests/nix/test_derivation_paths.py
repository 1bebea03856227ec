"""Paths computed in Python are the paths of the real Nix, on generated derivations."""

import hashlib
import json
import os
import random
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from noether_nix.formats import store_path
from noether_nix.formats.derivation import Derivation, drv_path, hash_modulo
from noether_nix.formats.derivation_output import FixedOutput
from noether_nix.formats.derivation_template import DerivationTemplate
from noether_nix.formats.digest import Algorithm, Digest
from noether_nix.formats.nar import nar_hash_of_path
from noether_nix.formats.store_path import StorePath

pytestmark = pytest.mark.nix

_SEED = 20
_COUNT = 640
_AWKWARD = [
    "a",
    "Z",
    " ",
    '"',
    "\\",
    "\\n",
    "\n",
    "\r",
    "\t",
    "$",
    "{",
    "}",
    "${",
    "$${",
    "''",
    "%",
]
_RESERVED = {"name", "system", "builder", "args", "outputs", "out", "dev", "lib", "doc", "x-1"}
_ALGORITHMS: tuple[Algorithm, ...] = ("sha256", "sha256", "sha512", "sha1", "md5")


@dataclass
class Case:
    """One derivation, in Nix's words and in ours."""

    variable: str
    text: str
    derivation: Derivation
    path: StorePath
    hash: Digest


@dataclass
class Parts:
    """What a derivation is made of while it is being put together."""

    attributes: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    sources: list[StorePath] = field(default_factory=list)
    inputs: dict[StorePath, set[str]] = field(default_factory=dict)
    hashes: dict[StorePath, Digest] = field(default_factory=dict)

    def add(self, name: str, value: str, text: str) -> None:
        self.environment[name] = value
        self.attributes.append(f"{nix_string(name)} = {text};")


def nix_string(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("${", "\\${")
    return '"' + escaped.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t") + '"'


def any_text(dice: random.Random, most: int = 12) -> str:
    """Awkward pieces, control characters, and characters of all seventeen planes."""
    kinds: list[Callable[[], str]] = [
        lambda: dice.choice(_AWKWARD),
        lambda: chr(dice.choice([*range(1, 32), *range(127, 160)])),
        lambda: chr(dice.choice([dice.randrange(0xA0, 0xD800), dice.randrange(0xE000, 0x10000)])),
        lambda: chr(dice.randrange(0x10000, 0x110000)),
        lambda: "z" * dice.choice([1, 300]),
    ]
    return "".join(dice.choice(kinds)() for _ in range(dice.randrange(most)))


class Generator:
    """Writes one Nix expression and the same derivations in Python."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.dice = random.Random(seed)
        self.folder = folder
        self.cases: list[Case] = []
        self.bindings: list[str] = []
        self.added: list[Path] = []

    def source(self, number: str) -> tuple[StorePath, str]:
        """A store path that holds a source, and a Nix expression with its context."""
        content = any_text(self.dice).encode()
        file = self.folder / f"s{number}"
        file.write_bytes(content)
        name = f"s{number}.{self.dice.choice(['json', 'py', 'x+y'])}"
        kind = self.dice.choice(["flat", "recursive", "text", "appended"])
        arguments = f"path = {file}; name = {nix_string(name)};"
        flat = store_path.fixed_flat_path(name, hashlib.sha256(content).digest())
        match kind:
            case "flat" | "appended" if not content:
                return flat, self.empty(number, name, flat)
            case "flat":
                return flat, f"builtins.path {{ {arguments} recursive = false; }}"
            case "appended":
                binding = f"p{number}"
                made = f"builtins.path {{ {arguments} recursive = false; }}"
                self.bindings.append(f"{binding} = builtins.unsafeDiscardStringContext ({made});")
                context = f"{{ ${{{binding}}} = {{ path = true; }}; }}"
                # The path must be in the store before a context can name it.
                return flat, f"builtins.seq ({made}) (builtins.appendContext {binding} {context})"
            case "recursive":
                digest, _size = nar_hash_of_path(file)
                return (
                    store_path.fixed_recursive_path(name, digest.raw),
                    f"builtins.path {{ {arguments} }}",
                )
            case _:
                path = store_path.text_path(name, content)
                return path, f"builtins.toFile {nix_string(name)} {nix_string(content.decode())}"

    def empty(self, number: str, name: str, path: StorePath) -> str:
        """An expression for an empty file that is in the store before it is evaluated.

        Nix 2.34.8 ends with "bad optional access" where `builtins.path` takes an empty file flat;
        `nix-store --add-fixed` takes it.
        """
        named = self.folder / f"empty-{number}" / name
        named.parent.mkdir()
        named.touch()
        self.added.append(named)
        return f'builtins.appendContext "{path}" {{ "{path}" = {{ path = true; }}; }}'

    def add(self, number: int) -> None:
        dice, parts = self.dice, Parts()
        name = f"n{number}" + dice.choice(["", "-a.b_c+d", "?x=1", "=" * 150])
        for _ in range(dice.randrange(4)):
            if (variable := any_text(dice, 4)) not in _RESERVED | parts.environment.keys():
                value = any_text(dice)
                parts.add(variable, value, nix_string(value))
        for index in range(dice.randrange(4)):
            path, text = self.source(f"{number}-{index}".replace("-", "x"))
            parts.sources.append(path)
            parts.add(f"src{index}", f"{path}/é", f'"${{{text}}}/é"')
        if dice.random() < 0.7:
            self.use_earlier(parts)
        outputs, fixed = self.outputs(parts, number)
        script = any_text(dice)
        system = dice.choice(["x86_64-linux", "aarch64-linux", "s é\x01\U0001f600"])
        derivation = Derivation.make(
            name=name,
            system=system,
            builder="/bin/sh",
            arguments=["-c", script, ""],
            environment=parts.environment,
            input_sources=parts.sources,
            input_derivations=parts.inputs,
            input_hashes=parts.hashes,
            outputs=outputs,
            fixed=fixed,
        )
        text = (
            f"derivation {{ name = {nix_string(name)}; system = {nix_string(system)};"
            f' builder = "/bin/sh"; args = [ "-c" {nix_string(script)} "" ];'
            f" {' '.join(parts.attributes)} }}"
        )
        hashed = hash_modulo(derivation, parts.hashes)
        self.cases.append(Case(f"v{number}", text, derivation, drv_path(derivation), hashed))

    def use_earlier(self, parts: Parts) -> None:
        for index, case in enumerate(self.dice.sample(self.cases, min(3, len(self.cases)))):
            output = self.dice.choice(sorted(case.derivation.outputs))
            parts.inputs.setdefault(case.path, set()).add(output)
            parts.hashes[case.path] = case.hash
            value = case.derivation.outputs[output].path
            parts.add(f"dep{index}", str(value), f'"${{{case.variable}.{output}}}"')

    def outputs(self, parts: Parts, number: int) -> tuple[list[str], FixedOutput | None]:
        match self.dice.choice(["one", "one", "several", "fixed"]):
            case "several":
                names = self.dice.sample(
                    ["out", "dev", "lib", "doc", "x-1"], self.dice.randrange(1, 5)
                )
                listed = " ".join(map(nix_string, names))
                parts.add("outputs", " ".join(names), f"[ {listed} ]")
                return names, None
            case "fixed":
                return ["out"], self.promise(parts, number)
            case _:
                return ["out"], None

    def promise(self, parts: Parts, number: int) -> FixedOutput:
        algorithm = self.dice.choice(_ALGORITHMS)
        recursive = self.dice.random() < 0.5
        digest = Digest(algorithm, hashlib.new(algorithm, str(number).encode()).digest())
        method = "recursive" if recursive else "flat"
        if self.dice.random() < 0.3:
            parts.add("outputHash", digest.sri, nix_string(digest.sri))
            parts.add("outputHashMode", method, nix_string(method))
        else:
            words = [("Hash", digest.hex), ("HashMode", method), ("HashAlgo", algorithm)]
            parts.attributes += [f"output{word} = {nix_string(value)};" for word, value in words]
        return FixedOutput(digest, recursive=recursive)

    def expression(self) -> str:
        bindings = self.bindings + [f"{case.variable} = {case.text};" for case in self.cases]
        wanted = [
            f"{{ drv = {case.variable}.drvPath; outputs = {{ "
            + "".join(
                f'"{name}" = {case.variable}."{name}".outPath; ' for name in case.derivation.outputs
            )
            + "}; }"
            for case in self.cases
        ]
        return "let\n" + "\n".join(bindings) + "\nin [\n" + "\n".join(wanted) + "\n]"


def nix(folder: Path, program: str, *arguments: str) -> bytes:
    """Run one of Nix's programs on a private store in ``folder`` and give what it prints."""
    (folder / "home").mkdir(exist_ok=True)
    done = subprocess.run(
        [program, "--store", str(folder / "store"), "--option", "substituters", "", *arguments],
        env={"PATH": os.environ["PATH"], "HOME": str(folder / "home")},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()[:1000]
    return done.stdout


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Case], list[object]]:
    folder = tmp_path_factory.mktemp("derivations")
    generator = Generator(_SEED, folder)
    for number in range(_COUNT):
        generator.add(number)
    file = folder / "all.nix"
    file.write_text(generator.expression(), encoding="utf-8", newline="")
    nix(folder, "nix-store", "--add-fixed", "sha256", *map(str, generator.added))
    flags = ["--eval", "--strict", "--json", "--read-write-mode"]
    answer = json.loads(nix(folder, "nix-instantiate", *flags, str(file)))
    return folder, generator.cases, answer


def test_every_generated_derivation_has_the_paths_that_nix_gives_it(
    generated: tuple[Path, list[Case], list[object]],
) -> None:
    _folder, cases, answer = generated

    ours = [
        {
            "drv": str(case.path),
            "outputs": {name: str(out.path) for name, out in case.derivation.outputs.items()},
        }
        for case in cases
    ]

    assert len(ours) == _COUNT
    assert ours == answer


def test_every_file_that_nix_wrote_is_read_back_as_the_derivation_that_was_made(
    generated: tuple[Path, list[Case], list[object]],
) -> None:
    folder, cases, _answer = generated
    store = folder / "store" / "nix" / "store"

    for case in cases:
        data = (store / case.path.base_name).read_bytes()
        assert Derivation.parse(data) == case.derivation
        assert case.derivation.render() == data


def test_the_template_gives_the_key_that_nix_gives(tmp_path: Path) -> None:
    source = store_path.text_path("contract.py", b"pass")
    value = b'{"n":1}'
    (tmp_path / "value.json").write_bytes(value)
    base = Derivation.make(
        name="noether-call",
        system="x86_64-linux",
        builder="/bin/sh",
        arguments=["-c", ":"],
        environment={"contract": str(source)},
        input_sources=[source],
    )
    expression = f"""
      let call = derivation {{
        name = "noether-call"; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" ":" ];
        contract = builtins.toFile "contract.py" "pass";
        input = builtins.path {{ path = {tmp_path}/value.json; recursive = false; }};
      }}; in [ call.drvPath call.outPath ]"""
    flags = ["--eval", "--strict", "--json", "--read-write-mode", "--expr"]

    path = store_path.fixed_flat_path("value.json", hashlib.sha256(value).digest())
    key = DerivationTemplate(base, "input").key(path)

    assert json.loads(nix(tmp_path, "nix-instantiate", *flags, expression)) == [*map(str, key[:2])]


def test_a_file_added_flat_lies_where_python_says(tmp_path: Path) -> None:
    contents = {f"value{size}.json": os.urandom(size) for size in (0, 1, 5000)}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    files = [str(tmp_path / name) for name in contents]

    added = nix(tmp_path, "nix-store", "--add-fixed", "sha256", *files).decode().split()

    assert added == [
        str(store_path.fixed_flat_path(name, hashlib.sha256(content).digest()))
        for name, content in contents.items()
    ]


@pytest.mark.parametrize("command", [["--add"], ["--add-fixed", "--recursive", "sha256"]])
def test_a_tree_added_whole_lies_where_python_says(tmp_path: Path, command: list[str]) -> None:
    tree = tmp_path / "tree-1.0"
    (tree / "empty").mkdir(parents=True)
    (tree / "é").write_bytes(b"x" * 5)
    (tree / "run").write_bytes(b"#!/bin/sh\n")
    (tree / "run").chmod(0o755)
    (tree / "link").symlink_to("../nowhere")
    digest, _size = nar_hash_of_path(tree)

    added = nix(tmp_path, "nix-store", *command, str(tree)).decode().strip()

    assert added == str(store_path.fixed_recursive_path(tree.name, digest.raw))
