from pathlib import Path

import pytest

from noether_nix.process.nix_conf import names_sandbox_paths


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param("", False, id="empty"),
        pytest.param("sandbox = true\n# sandbox-paths = /a\n", False, id="only a comment"),
        pytest.param("sandbox-paths =\n", False, id="none"),
        pytest.param("sandbox-paths = /a\n", True, id="some"),
        pytest.param("extra-sandbox-paths = /a\n", True, id="more"),
        pytest.param("build-chroot-dirs = /a\n", True, id="by its first name"),
        pytest.param("!include more.conf\n", True, id="in another file"),
    ],
)
def test_the_machine_s_keeper_has_said_what_builds_are_shown(
    text: str, names: bool, tmp_path: Path
) -> None:
    (tmp_path / "nix.conf").write_text(text)
    (tmp_path / "more.conf").write_text("sandbox-paths = /a /b\n")

    assert names_sandbox_paths(tmp_path / "nix.conf") is names


def test_without_a_file_nothing_is_said(tmp_path: Path) -> None:
    assert names_sandbox_paths(tmp_path / "nix.conf") is False
