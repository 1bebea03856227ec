import json
from pathlib import Path

import pytest

from noether_nix.formats.digest import Digest
from noether_nix.formats.store_path import StorePath
from noether_nix.toolchain.choice import ToolchainChoice
from noether_nix.toolchain.host import HostProvider
from noether_nix.toolchain.model import Provider, ToolchainReference
from noether_nix.toolchain.nixpkgs import NixpkgsProvider, Pin

ROOT = Path(__file__).parents[3]
CLOSURE = "/nix/store/00000000000000000000000000000000-noether-python-3.13.1"


def taken(provider: Provider, source: str) -> ToolchainReference:
    path = StorePath("0" * 32, "noether-python-3.13.1")
    return ToolchainReference(provider, path, "3.13.1", "x86_64-linux", Digest.of(b""), source)


def test_the_pin_is_that_of_the_flake() -> None:
    locked = json.loads((ROOT / "flake.lock").read_text())["nodes"]["nixpkgs"]["locked"]

    pin = Pin.load()

    assert pin == Pin(locked["owner"], locked["repo"], locked["rev"], locked["narHash"])
    assert str(pin) == f"github:NixOS/nixpkgs/{locked['rev']}"
    assert pin.archive == f"https://github.com/NixOS/nixpkgs/archive/{locked['rev']}.tar.gz"


def test_a_choice_leads_to_its_provider() -> None:
    place, closure = "/a/nixpkgs", Path(CLOSURE)

    assert ToolchainChoice(python=Path("/a/python")).find_provider() == HostProvider(
        Path("/a/python")
    )
    assert ToolchainChoice(
        provider="nixpkgs", nixpkgs=place, closure=closure
    ).find_provider() == NixpkgsProvider(place, closure, {})


@pytest.mark.parametrize(
    ("known", "place"),
    [
        pytest.param(taken("nixpkgs", "/a/nixpkgs"), "/a/nixpkgs", id="a folder"),
        pytest.param(taken("nixpkgs", "https://a/b.tar.gz"), "https://a/b.tar.gz", id="an archive"),
        pytest.param(taken("nixpkgs", str(Pin.load())), None, id="the pin"),
        pytest.param(taken("nixpkgs", CLOSURE), None, id="a closure"),
        pytest.param(taken("nixpkgs", ""), None, id="not noted"),
    ],
)
def test_what_was_taken_of_nixpkgs_is_made_again_of_the_same(
    known: ToolchainReference, place: str | None
) -> None:
    again = ToolchainChoice(provider="host", nixpkgs="/another").again(known)

    assert (again.provider, again.nixpkgs) == ("nixpkgs", place)


def test_what_was_taken_of_the_machine_is_made_again_of_the_machine() -> None:
    again = ToolchainChoice(provider="nixpkgs").again(taken("host", "/usr/bin/python3.11"))

    assert isinstance(again.find_provider(), HostProvider)
