"""The diagram of ARCHITECTURE.md tells what the code imports."""

from pathlib import Path

from scripts.dependency_diagram import (
    floors,
    reachable,
    render_diagram,
    render_laws,
    room_imports,
    without_shortcuts,
)

IMPORTS = {
    "cli": frozenset({"run", "errors"}),
    "run": frozenset({"errors"}),
    "errors": frozenset[str](),
}


def test_imports_are_found_wherever_they_stand(tmp_path: Path) -> None:
    package = tmp_path / "house"
    files = {
        "__init__.py": "from house.run import runner\n",
        "run/__init__.py": '"""Law."""\n',
        "run/runner.py": "import json, house.store.disk\ndef f():\n    from house import errors\n",
        "store/disk.py": "from house.store import other\nfrom house.errors import E\n",
        "errors.py": "",
    }
    for name, text in files.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(text)

    assert room_imports(package) == {
        "errors": frozenset(),
        "run": frozenset({"store", "errors"}),
        "store": frozenset({"errors"}),
    }


def test_an_arrow_that_a_longer_way_replaces_is_left_out() -> None:
    assert without_shortcuts(IMPORTS)["cli"] == {"run"}


def test_a_circle_does_not_hang_the_search() -> None:
    assert reachable({"a": frozenset({"b"}), "b": frozenset({"a"})}, "a") == {"a", "b"}


def test_rooms_are_in_the_order_of_the_layers_contract() -> None:
    project = """
        [[tool.importlinter.contracts]]
        type = "forbidden"
        [[tool.importlinter.contracts]]
        type = "layers"
        layers = ["cli", "(serve)", "run | (bundle)"]
    """

    assert floors(project) == ["cli", "serve", "run", "bundle"]


def test_the_diagram_has_the_rooms_in_their_order_and_then_the_arrows() -> None:
    assert render_diagram(IMPORTS, ["cli", "run", "errors"]) == (
        "```mermaid\nflowchart TD\n    cli\n    run\n    errors\n"
        "    cli --> run\n    run --> errors\n```"
    )


def test_a_room_s_law_is_the_first_line_of_its_docstring(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run/__init__.py").write_text('"""Knows the order."""\n')
    (tmp_path / "errors.py").write_text('"""All that can go wrong.\n\nMore.\n"""\n')

    laws = render_laws(tmp_path, ["run", "errors"])

    assert laws == (
        "| room | law |\n|---|---|\n"
        "| `run` | Knows the order. |\n| `errors` | All that can go wrong. |"
    )
