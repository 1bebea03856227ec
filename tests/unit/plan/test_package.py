"""What a package is built of."""

from noether_nix.inside.contract import encode
from noether_nix.plan.package import Package
from noether_nix.plan.program import flat_path
from noether_nix.types.document import type_to_document
from scripts.update_golden import golden_program


def test_a_package_holds_what_its_program_holds_and_the_input_type() -> None:
    program = golden_program()

    package = Package(program)

    assert package.contents.items() >= program.contents.items()
    assert package.contents[package.input_type] == encode(type_to_document(program.stage.input))
    assert b"def launcher" in package.contents[package.builder]
    assert b"def main" in package.contents[package.program_code]
    assert all(flat_path(path.name, data) == path for path, data in package.contents.items())


def test_a_package_is_named_after_its_stage() -> None:
    assert Package(golden_program()).name == "noether-stage-count_words"
