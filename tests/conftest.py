"""What every folder of tests needs: repeatable hypothesis, one Nix, and no silent skip.

A test that is skipped (or expected to fail) proves nothing. Each one has to stand in
``expected_skips.txt`` beside this file with its reason; any other makes the session fail,
also when all tests that did run passed.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import hypothesis
import pytest

_ALLOWANCES = Path(__file__).with_name("expected_skips.txt")

# The same examples on every machine; a failure found here is found by whoever looks into it.
# `--hypothesis-profile explore` looks for new ones.
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None)
hypothesis.settings.register_profile("explore", max_examples=2_000, deadline=None)
# `few` asks whether a law can be tested at all, as with other versions of what it is tested with.
hypothesis.settings.register_profile("few", max_examples=5, derandomize=True, deadline=None)
# `unshrunk` asks whether a law finds a bug, and not for the smallest example (scripts/plant).
_FINDING = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
hypothesis.settings.register_profile("unshrunk", derandomize=True, deadline=None, phases=_FINDING)
hypothesis.settings.load_profile("ci")


def parse_allowances(text: str) -> dict[str, str]:
    """Read lines of the form ``NODE because REASON`` into reasons by node id."""
    lines = (line.strip() for line in text.splitlines())
    allowances: dict[str, str] = {}
    for line in lines:
        if not line or line.startswith("#"):
            continue
        node, because, reason = line.partition(" because ")
        if not because or not reason.strip():
            message = f"{_ALLOWANCES.name}: no reason is given: {line}"
            raise pytest.UsageError(message)
        allowances[node.strip()] = reason.strip()
    return allowances


def is_allowed(node: str, allowances: Iterable[str]) -> bool:
    """Whether a skip of ``node`` is announced, by its id or by a beginning that ends in ``*``."""
    return any(
        node.startswith(allowed[:-1]) if allowed.endswith("*") else node == allowed
        for allowed in allowances
    )


class SkipRule:
    """Fails a session in which a test was skipped that may not be."""

    def __init__(self, allowances: Mapping[str, str]) -> None:
        self._allowances = allowances
        self._skipped: dict[str, str] = {}

    @property
    def unexpected(self) -> dict[str, str]:
        """The words of each skip that nobody announced, by node id."""
        return {
            node: words
            for node, words in sorted(self._skipped.items())
            if not is_allowed(node, self._allowances)
        }

    # With xdist both hooks are called in the controller too, with the reports of its workers.

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._note(report)

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.skipped:
            words = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
            self._skipped[report.nodeid] = getattr(report, "wasxfail", "") or words

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        is_worker = hasattr(session.config, "workerinput")
        if self.unexpected and exitstatus == pytest.ExitCode.OK and not is_worker:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        unexpected = self.unexpected
        terminalreporter.section("skipped tests")
        for node, words in sorted(self._skipped.items()):
            mark = "NOT ALLOWED" if node in unexpected else "allowed"
            terminalreporter.line(f"{mark}: {node}: {words}")
        if not self._skipped:
            terminalreporter.line("none")
        if unexpected:
            terminalreporter.line(f"a skip needs a line with its reason in {_ALLOWANCES.name}")


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A home with the toolchain in it, made once for all workers, only to be copied."""
    from tests.e2e.homes import prepared_home  # what it needs is not needed for most tests

    return prepared_home(tmp_path_factory, worker_id)


def _prefer_the_named_nix() -> None:
    """Put the Nix that NOETHER_NIX names first on PATH, for tests that start it by name."""
    named = os.environ.get("NOETHER_NIX")
    folders = os.environ.get("PATH", "").split(os.pathsep)
    if named and folders[0] != named:
        os.environ["PATH"] = os.pathsep.join((named, *folders))


def pytest_configure(config: pytest.Config) -> None:
    _prefer_the_named_nix()
    text = _ALLOWANCES.read_text(encoding="utf-8") if _ALLOWANCES.exists() else ""
    config.pluginmanager.register(SkipRule(parse_allowances(text)), "skip-rule")
