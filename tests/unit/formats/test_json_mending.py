"""What is advised to those whose text is no JSON."""

import json

import pytest

from noether_nix.formats.json_mending import how_to_mend


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        pytest.param('{"a": 1,}', "take the comma before the } out", id="comma in an object"),
        pytest.param('{"a": [1,\n ]}', "take the comma before the ] out", id="comma in a list"),
        pytest.param("{'a': 1}", "double quotes only", id="single quotes around a name"),
        pytest.param("['a']", "double quotes only", id="single quotes around a text"),
        pytest.param('{"a": 1 // one\n}', "no comments", id="comment of JavaScript"),
        pytest.param('{"a": # one\n1}', "no comments", id="comment of Python"),
        pytest.param('{"a": True}', "write true", id="a word of Python"),
        pytest.param("[None]", "write null", id="no value in Python"),
        pytest.param("{a: 1}", 'in quotes: "a"', id="a name without quotes"),
        pytest.param('{"a": 1 "b": 2}', "a comma is missing", id="no comma"),
        pytest.param('{"a": 1}}', "take out what follows", id="too much"),
        pytest.param('{"a": "b}', 'no " at its end', id="no closing quote"),
        pytest.param('{"a": [1', "ends too early", id="cut off"),
        pytest.param("", "ends too early", id="nothing at all"),
        pytest.param("some words", "", id="no JSON at all"),
    ],
)
def test_the_commonest_slips_have_their_advice(text: str, advice: str) -> None:
    with pytest.raises(json.JSONDecodeError) as caught:
        json.loads(text)

    told = how_to_mend(caught.value)

    assert advice in told
    assert bool(advice) == bool(told)
