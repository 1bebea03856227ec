from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noether_nix.errors import FormatError
from noether_nix.formats import base32, store_path
from noether_nix.formats.derivation import Derivation, drv_path, hash_modulo
from noether_nix.formats.derivation_output import FixedOutput
from noether_nix.formats.digest import Digest
from noether_nix.formats.store_path import StorePath

texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    | st.sampled_from('"\\\n\r\t${'),
    max_size=20,
)
names = st.from_regex(r"[a-zA-Z0-9][a-zA-Z0-9+._?=-]{0,30}", fullmatch=True).filter(
    lambda name: not name.endswith(".drv")
)
paths = st.builds(
    StorePath, st.text(st.sampled_from(base32.ALPHABET), min_size=32, max_size=32), names
)
digests = st.binary(min_size=32, max_size=32).map(lambda raw: Digest("sha256", raw))
output_names = st.lists(st.sampled_from(["out", "dev", "lib", "x-1"]), min_size=1, unique=True)
_TAKEN = {"name", "system", "builder", "outputs", "out", "dev", "lib", "x-1"}


@st.composite
def derivations(draw: st.DrawFn) -> tuple[Derivation, Mapping[StorePath, Digest]]:
    inputs = draw(st.dictionaries(paths, output_names, max_size=3))
    hashes = {path: draw(digests) for path in inputs}
    fixed = draw(st.none() | st.builds(FixedOutput, digests, st.booleans()))
    variables = st.dictionaries(texts.filter(lambda name: name not in _TAKEN), texts, max_size=4)
    derivation = Derivation.make(
        name=draw(names),
        system=draw(st.sampled_from(["x86_64-linux", "aarch64-linux", "é"])),
        builder=draw(texts.filter(bool)),
        arguments=draw(st.lists(texts, max_size=3)),
        environment=draw(variables),
        input_sources=draw(st.lists(paths, max_size=3)),
        input_derivations=inputs,
        input_hashes=hashes,
        outputs=("out",) if fixed else draw(output_names),
        fixed=fixed,
    )
    return derivation, hashes


@given(derivations())
def test_what_is_written_is_read_back(made: tuple[Derivation, Mapping[StorePath, Digest]]) -> None:
    derivation, _hashes = made

    assert Derivation.parse(derivation.render()) == derivation


@given(derivations())
def test_giving_paths_again_changes_nothing(
    made: tuple[Derivation, Mapping[StorePath, Digest]],
) -> None:
    derivation, hashes = made

    assert derivation.with_paths(hashes) == derivation


@settings(max_examples=300)
@given(st.binary(max_size=60) | derivations().flatmap(lambda made: damaged(made[0].render())))
def test_reading_raises_only_our_error(data: bytes) -> None:
    try:
        derivation = Derivation.parse(data)
    except FormatError:
        return
    assert derivation.render() == data


def damaged(data: bytes) -> st.SearchStrategy[bytes]:
    """``data`` with one piece cut out or replaced."""
    places = st.tuples(st.integers(0, len(data)), st.integers(0, 6), st.binary(max_size=4))
    return places.map(lambda cut: data[: cut[0]] + cut[2] + data[cut[0] + cut[1] :])


def make(**changes: object) -> Derivation:
    parts: dict[str, object] = {"name": "n", "system": "x86_64-linux", "builder": "/bin/sh"}
    return Derivation.make(**(parts | changes))  # type: ignore[arg-type]


FIXED = FixedOutput(Digest.of(b""))
PATH = StorePath("0" * 32, "a.drv")


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"name": ""}, id="empty name"),
        pytest.param({"name": "a b"}, id="a name that the store refuses"),
        pytest.param({"name": "a" * 208}, id="a name that is too long with .drv"),
        pytest.param({"name": "a.drv"}, id="a name that ends in .drv"),
        pytest.param({"builder": ""}, id="no builder"),
        pytest.param({"system": ""}, id="no system"),
        pytest.param({"system": "a\tb"}, id="a system that Nix cannot read back"),
        pytest.param({"outputs": ()}, id="no outputs"),
        pytest.param({"outputs": ("out", "out")}, id="an output twice"),
        pytest.param({"outputs": ("drv",)}, id="an output called drv"),
        pytest.param({"outputs": ("a b",)}, id="an output that the store refuses"),
        pytest.param({"outputs": ("out", "dev"), "fixed": FIXED}, id="two outputs, one promise"),
        pytest.param({"outputs": ("dev",), "fixed": FIXED}, id="a promise for another than out"),
        pytest.param({"environment": {"name": "m"}}, id="another name as a variable"),
        pytest.param({"environment": {"out": "m"}}, id="a variable named like an output"),
        pytest.param({"environment": {"a": "\0"}}, id="a NUL"),
        pytest.param({"environment": {"a": "\ud800"}}, id="a lone surrogate"),
        pytest.param({"environment": {"\ud800": ""}}, id="a lone surrogate in a name"),
        pytest.param({"arguments": ["\0"]}, id="a NUL in an argument"),
        pytest.param({"input_derivations": {PATH: ["out"]}}, id="an input without its hash"),
    ],
)
def test_a_derivation_that_nix_would_not_make_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(FormatError):
        make(**changes)


PLAIN = make(environment={"a": "1", "b": "2"}).render()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(PLAIN[:-1], id="cut off"),
        pytest.param(PLAIN + b"\n", id="something behind it"),
        pytest.param(PLAIN.replace(b'("a","1"),("b","2")', b'("b","2"),("a","1")'), id="unsorted"),
        pytest.param(PLAIN.replace(b'("a","1")', b'("a","1"),("a","1")'), id="a variable twice"),
        pytest.param(PLAIN.replace(b'"1"', b'"\\x"'), id="an escape that Nix never writes"),
        pytest.param(PLAIN.replace(b'"1"', b'"\n"'), id="a line end that is not escaped"),
        pytest.param(PLAIN.replace(b'"1"', b'"\0"'), id="a NUL"),
        pytest.param(PLAIN.replace(b"Derive", b"DrvWithVersion"), id="a dynamic derivation"),
        pytest.param(PLAIN.replace(b'","",""', b'","sha3","00"', 1), id="an unknown hash"),
        pytest.param(PLAIN.replace(b'","",""', b'","sha256",""', 1), id="a promise of nothing"),
    ],
)
def test_a_text_that_nix_would_not_write_is_refused(data: bytes) -> None:
    assert data != PLAIN
    with pytest.raises(FormatError):
        Derivation.parse(data)


def test_bytes_that_are_no_utf_8_survive_the_round_trip() -> None:
    data = PLAIN.replace(b'"1"', b'"\xff\xc3"')

    assert Derivation.parse(data).render() == data


def test_a_derivation_without_paths_is_read_but_has_no_hash() -> None:
    out = str(make().outputs["out"].path).encode()
    floating = Derivation.parse(make().render().replace(b'("out","' + out, b'("out","', 1))

    assert floating.outputs["out"].path is None
    with pytest.raises(FormatError, match="has no path"):
        hash_modulo(floating, {})


def test_a_derivation_without_a_name_has_no_path() -> None:
    nameless = Derivation.parse(make().render().replace(b'("name","n")', b'("nom","n")'))

    with pytest.raises(FormatError, match="'name'"):
        drv_path(nameless)


def test_how_a_fixed_output_comes_about_changes_no_path_above_it() -> None:
    near, far = (
        make(name="source", fixed=FIXED, environment={"url": url}) for url in ("near", "far")
    )
    users = [
        make(
            input_derivations={drv_path(source): ["out"]},
            input_hashes={drv_path(source): hash_modulo(source, {})},
        )
        for source in (near, far)
    ]

    assert drv_path(near) != drv_path(far)
    assert drv_path(users[0]) != drv_path(users[1])
    assert users[0].outputs == users[1].outputs


def test_a_fixed_output_lies_where_its_content_would_be_added() -> None:
    digest = Digest.of(b"x")
    flat = make(fixed=FixedOutput(digest)).outputs["out"].path
    recursive = make(fixed=FixedOutput(digest, recursive=True)).outputs["out"].path

    assert flat == store_path.fixed_flat_path("n", digest.raw)
    assert recursive == store_path.fixed_recursive_path("n", digest.raw)


def test_several_outputs_are_named_in_the_environment() -> None:
    derivation = make(outputs=("lib", "out"))

    assert derivation.environment["outputs"] == "lib out"
    assert derivation.environment["lib"] == str(derivation.outputs["lib"].path)
    assert str(derivation.outputs["lib"].path).endswith("-n-lib")
