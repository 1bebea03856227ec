"""The provider ``nixpkgs``: the interpreter of a pinned nixpkgs, fetched or built by Nix.

Nix builds the closure as a derivation (nixexpr/toolchain.nix); what is used is its content, added
to the store as the host's closures are. So nothing depends on how it was come by: the flake's
package, a cache, or a build all give one path. This is the only thing that is ever fetched.
"""

import json
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from noether_nix.database.disk import writing
from noether_nix.database.scratch import remove_abandoned, scratch_folder
from noether_nix.errors import EvaluationFailedError, ToolchainUnusableError
from noether_nix.frozen import dataclass, field
from noether_nix.process.nix import Nix
from noether_nix.process.nix_build import BuildEnd
from noether_nix.process.system import read_facts
from noether_nix.toolchain.host import SCRATCH, added_hash
from noether_nix.toolchain.model import ToolchainReference
from noether_nix.toolchain.selection import all_files

_EXPRESSION = Path(__file__).parents[1] / "nixexpr/from_nixpkgs.nix"
_PIN = Path(__file__).with_name("nixpkgs.json")
_NAME = re.compile(r"noether-python-(\d+\.\d+\.\d+)")

# What Nix says while it works, of which each line is news.
_NEWS = re.compile(
    r"(copying path|building|downloading|unpacking|these? \d+|this (path|derivation)) ?.*"
)
_OFFLINE = re.compile(
    r"unable to download|Couldn't resolve host|Could not resolve|Couldn't connect|Failed to connect"
    r"|HTTP error|Timeout was reached"
)
_OFFLINE_HINT = (
    "a network is needed once: connect and try again; or name a copy of nixpkgs with "
    "--nixpkgs FOLDER, or use this machine's own Python: noether toolchain update --provider host"
)
_BROKEN_HINT = (
    "name another nixpkgs (--nixpkgs), or use this machine's own Python: "
    "noether toolchain update --provider host"
)


@dataclass(frozen=True, slots=True)
class Pin:
    """The nixpkgs that this version was made with: the same as in flake.lock."""

    owner: str
    repository: str
    revision: str
    nar_hash: str

    @classmethod
    def load(cls) -> "Pin":
        """The pin as it is shipped."""
        said = json.loads(_PIN.read_text(encoding="utf-8"))
        return cls(said["owner"], said["repo"], said["rev"], said["narHash"])

    @property
    def archive(self) -> str:
        """Where its content can be fetched."""
        return f"https://github.com/{self.owner}/{self.repository}/archive/{self.revision}.tar.gz"

    def __str__(self) -> str:
        return f"github:{self.owner}/{self.repository}/{self.revision}"


def place_of(source: str) -> str | None:
    """The place of a nixpkgs that a toolchain came from; None for the pin, or a ready closure."""
    if source.startswith("https://") or (
        source.startswith("/") and _NAME.search(Path(source).name) is None
    ):
        return source
    return None


@dataclass(frozen=True, slots=True)
class NixpkgsProvider:
    """The provider that makes toolchains of a nixpkgs.

    Attributes:
        place: a folder with nixpkgs, or the address of an archive of it; None for the pin.
        closure: a closure of the pin that is built already.
        network: the variables that say how the network is reached.
    """

    place: str | None = None
    closure: Path | None = None
    network: Mapping[str, str] = field(default_factory=dict)

    def make(self, nix: Nix, *, say: Callable[[str], None]) -> ToolchainReference:
        nix.prepare()
        if self.place is None and self.closure is not None:
            if not self.closure.is_dir():
                raise ToolchainUnusableError(
                    f"the toolchain {self.closure} of noether's package is gone",
                    hint="install noether anew, or unset NOETHER_TOOLCHAIN_CLOSURE",
                )
            return self._take(nix, self.closure, str(self.closure))
        source = self.place or str(Pin.load())
        if source.startswith("/") and not Path(source, "default.nix").is_file():
            raise ToolchainUnusableError(
                f"there is no nixpkgs in {source}: it has no default.nix", hint=_BROKEN_HINT
            )
        say(f"making a toolchain of nixpkgs ({source})")
        return self._take(nix, self._build(nix, source, say), source)

    def _build(self, nix: Nix, source: str, say: Callable[[str], None]) -> Path:
        """Have Nix build it, or fetch it."""
        heard: list[str] = []

        def on_line(line: bytes) -> None:
            text = line.decode(errors="replace").strip()
            heard.append(text)
            if _NEWS.fullmatch(text):
                say(text)

        try:
            build = nix.build_file(
                _EXPRESSION, arguments=self._arguments(), on_line=on_line, fetching=self.network
            )
        except EvaluationFailedError as error:
            raise _unusable(source, error.message, heard) from error
        if build.end is not BuildEnd.BUILT or build.out is None:
            # Of the last try alone: Nix may have been asked twice.
            lines = build.exit.stderr_tail.decode(errors="replace").splitlines()
            said = [line for line in lines if line.startswith("error:")]
            words = said[0].removeprefix("error:").strip() if said else str(build.end)
            raise _unusable(source, words, heard)
        return nix.physical(build.out)

    def _arguments(self) -> dict[str, str]:
        system = read_facts().system
        if self.place is not None:
            return {"place": self.place, "system": system}
        pin = Pin.load()
        return {"hash": pin.nar_hash, "place": pin.archive, "system": system}

    def _take(self, nix: Nix, built: Path, source: str) -> ToolchainReference:
        """Add the content of what was built to the store of ``nix``."""
        named = _NAME.search(built.name)
        if named is None:
            raise ToolchainUnusableError(f"{built} is no toolchain of ours")
        remove_abandoned(nix.folder, (SCRATCH,))
        with writing(nix.folder), scratch_folder(nix.folder, SCRATCH) as scratch:
            tree = scratch / named[0]
            _copy(built, tree)
            path = nix.add_tree(tree)
        return ToolchainReference(
            provider="nixpkgs",
            path=path,
            python_version=named[1],
            system=read_facts().system,
            nar_hash=added_hash(nix, path),
            source=source,
        )


def _copy(built: Path, tree: Path) -> None:
    # Not with the modes of its folders: nobody could remove a copy whose folders are a store's.
    for name in all_files(built):
        target = tree / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(built / name, target)


def _unusable(source: str, words: str, heard: Sequence[str]) -> ToolchainUnusableError:
    offline = [line for line in heard if _OFFLINE.search(line)]
    if any(line.startswith("error:") for line in offline):
        message = f"nixpkgs ({source}) cannot be fetched: {words}"
    else:
        message = f"nixpkgs ({source}) gives no toolchain: {words}"
    # A cache that is not reached is only warned of, and then Nix tries to build all of nixpkgs.
    return ToolchainUnusableError(message, hint=_OFFLINE_HINT if offline else _BROKEN_HINT)
