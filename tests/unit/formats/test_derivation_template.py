import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.errors import FormatError
from noether_nix.formats import base32
from noether_nix.formats.derivation import Derivation, drv_path
from noether_nix.formats.derivation_output import FixedOutput
from noether_nix.formats.derivation_template import DerivationTemplate
from noether_nix.formats.digest import Digest
from noether_nix.formats.store_path import StorePath

texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    | st.sampled_from('"\\\n\r\t${'),
    max_size=20,
)
# Few letters, so that sources often agree in their beginnings or altogether.
paths = st.builds(
    StorePath,
    st.text(st.sampled_from(base32.ALPHABET[:2]), min_size=3, max_size=3)
    .map("0".join)
    .map(lambda text: text.ljust(32, "1")),
    st.sampled_from(["a", "b.json", "value.json"]),
)
_TAKEN = {"name", "system", "builder", "out"}


@given(
    sources=st.lists(paths, max_size=5),
    environment=st.dictionaries(texts.filter(lambda name: name not in _TAKEN), texts, max_size=4),
    arguments=st.lists(texts, max_size=3),
    variable=st.sampled_from(["input", "out0", "zebra", "é", "A", "nam", "\U0001f600"]) | texts,
    path=paths,
)
def test_the_fast_way_gives_the_paths_of_the_long_way(
    sources: list[StorePath],
    environment: dict[str, str],
    arguments: list[str],
    variable: str,
    path: StorePath,
) -> None:
    def made(sources: list[StorePath], environment: dict[str, str]) -> Derivation:
        return Derivation.make(
            name="noether-call",
            system="x86_64-linux",
            builder="/bin/sh",
            arguments=arguments,
            environment=environment,
            input_sources=sources,
        )

    if variable in environment or variable in _TAKEN:
        environment = {}
        variable = "input"
    template = DerivationTemplate(made(sources, environment), variable)
    whole = made([*sources, path], environment | {variable: str(path)})

    assert template.fill(path) == whole
    drv, output, sha256 = template.key(path)
    assert (drv, output) == (drv_path(whole), whole.outputs["out"].path)
    assert sha256 == hashlib.sha256(whole.render()).hexdigest()


def make(**changes: object) -> Derivation:
    parts: dict[str, object] = {"name": "n", "system": "x86_64-linux", "builder": "/bin/sh"}
    return Derivation.make(**(parts | changes))  # type: ignore[arg-type]


INPUT = StorePath("0" * 32, "a.drv")


@pytest.mark.parametrize(
    ("derivation", "variable"),
    [
        pytest.param(make(environment={"input": ""}), "input", id="the variable is there"),
        pytest.param(make(), "out", id="the variable is the output"),
        pytest.param(make(outputs=("out", "dev")), "input", id="two outputs"),
        pytest.param(make(outputs=("dev",)), "input", id="another output"),
        pytest.param(make(fixed=FixedOutput(Digest.of(b""))), "input", id="a promised content"),
        pytest.param(
            make(input_derivations={INPUT: ["out"]}, input_hashes={INPUT: Digest.of(b"")}),
            "input",
            id="an input derivation",
        ),
        pytest.param(make(), "in\0put", id="a NUL in the variable"),
        pytest.param(make(), "in\ud800put", id="a lone surrogate in the variable"),
    ],
)
def test_what_is_no_template_is_refused(derivation: Derivation, variable: str) -> None:
    with pytest.raises(FormatError):
        DerivationTemplate(derivation, variable)
