"""The fixture ``noether``, in a pytest of its own."""

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.nix

DOUBLE = '''"""Twice a number.

Input: Number
Output: Number
Effects: [Pure, Fallible]
Examples:
    2 -> 4
    1.5 -> 3
    0 -> raises ValueError
"""


def execute(number):
    if not number:
        raise ValueError("nothing to double")
    return number * 2
'''

FALSE_EXAMPLES = """Examples:
    2 -> 4
    3 -> 7
    0 -> 0
    0 -> raises KeyError
    5 -> raises ValueError
"""


@pytest.fixture
def inner(pytester: pytest.Pytester, home: Path) -> pytest.Pytester:
    pytester.makepyfile(double=DOUBLE)
    return pytester


def run_inner(inner: pytest.Pytester, *tests: str) -> pytest.RunResult:
    inner.makepyfile(test_inner="\n\n".join(tests))
    return inner.runpytest_subprocess("-p", "noether_nix.testing", "-W", "error", "-q")


def test_a_stage_is_called_in_the_sandbox(inner: pytest.Pytester) -> None:
    result = run_inner(
        inner,
        "import pytest, noether_nix.errors",
        "def test_call(noether):\n"
        "    double = noether.stage('double.py')\n"
        "    assert double.call(21) == 42\n"
        "    report = double.run(0)\n"
        "    assert report.sandbox == 'full'\n"
        "    assert report.failures[0].outcome == 'stage-raised'\n"
        "    with pytest.raises(noether_nix.errors.CallFailedError, match='double.py:15'):\n"
        "        double.call(0)\n"
        "    assert double.run(2, limits={'wall': '5s'}).output == 4\n",
    )

    result.assert_outcomes(passed=1)


def test_every_test_has_results_of_its_own(inner: pytest.Pytester, home: Path) -> None:
    test = (
        "def test_{}(noether):\n"
        "    graph = {{'description': 'd', 'version': '1.0.0',\n"
        "             'root': {{'op': 'Stage', 'id': './double.py'}}}}\n"
        "    assert [noether.run(graph, 3).calls[0].cached for _ in 'ab'] == [False, True]\n"
        "    assert noether.load_graph(graph).name == 'graph'\n"
        "    assert (noether.home / 'noether.sqlite').exists()\n"
    )

    result = run_inner(inner, test.format("one"), test.format("two"))

    result.assert_outcomes(passed=2)
    assert not list(home.glob("logs/*"))


def test_examples_that_hold_are_checked_in_silence(inner: pytest.Pytester) -> None:
    result = run_inner(inner, "def test_all(noether): noether.check_examples('double.py')")

    result.assert_outcomes(passed=1)


def test_every_example_that_does_not_hold_is_named(inner: pytest.Pytester) -> None:
    head, _, tail = DOUBLE.partition("Examples:")
    code = tail.partition('"""')[2]
    inner.makepyfile(false=f'{head}{FALSE_EXAMPLES}"""{code}')

    result = run_inner(inner, "def test_all(noether): noether.check_examples('false.py')")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E * AssertionError: false.py: 4 of 5 examples failed",
            "E *  example 2, of 3: gave 6, and should give 7",
            "E *  example 3, of 0: ValueError: nothing to double (*false.py:17), and should give 0",
            "E *  example 4, of 0: ValueError: nothing *, and should raise KeyError",
            "E *  example 5, of 5: gave 10, and should raise ValueError",
        ]
    )


def test_a_stage_without_examples_does_not_pass_by_accident(inner: pytest.Pytester) -> None:
    head, _, tail = DOUBLE.partition("Examples:")
    inner.makepyfile(bare=f'{head}"""{tail.partition(chr(34) * 3)[2]}')

    result = run_inner(inner, "def test_all(noether): noether.check_examples('bare.py')")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E * AssertionError: bare.py has no examples, *"])


def test_a_session_that_does_not_ask_for_the_fixture_does_not_load_us(
    inner: pytest.Pytester,
) -> None:
    result = run_inner(
        inner,
        "import sys",
        "def test_light():\n"
        "    loaded = {name for name in sys.modules if name.startswith('noether_nix.')}\n"
        "    assert loaded == {'noether_nix.frozen', 'noether_nix.testing'}\n",
    )

    result.assert_outcomes(passed=1)
