"""Types shortened for a message."""

import pytest

from noether_nix.types.display import render_type_short
from noether_nix.types.text import parse_type

LONG = """{ alpha: Text, beta: List<{ gamma: Map<Text, { delta: Number, eps: Text }>, zeta: Bool }>,
          eta: Text & NonEmpty }"""


@pytest.mark.parametrize(
    ("text", "width", "short"),
    [
        pytest.param("List<Text>", 10, "List<Text>", id="it fits"),
        pytest.param(
            LONG,
            120,
            "Record { alpha: Text, beta: List<Record { gamma: Map<Text, …>, zeta: Bool }>, "
            "eta: Text & NonEmpty }",
            id="the innermost is left out",
        ),
        pytest.param(
            LONG, 70, "Record { alpha: Text, beta: List<…>, eta: Text & NonEmpty }", id="more is"
        ),
        pytest.param(LONG, 40, "Record { alpha: Text, beta: …, eta: … }", id="nearly all is"),
        pytest.param(LONG, 30, "Record { alpha: Text, beta: ……", id="cut off at the end"),
        pytest.param("List<Text>", 1, "…", id="no room at all"),
    ],
)
def test_a_long_type_is_shortened_from_the_inside(text: str, width: int, short: str) -> None:
    assert render_type_short(parse_type(text), width) == short


def test_sixty_characters_are_the_custom() -> None:
    assert len(render_type_short(parse_type(LONG))) <= 60
