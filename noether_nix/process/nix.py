"""Nix as this house uses it: one store, fixed options, and values for what may go wrong.

A private store lies in a folder of ours (0700, no daemon, no ``/nix`` on the machine). Its paths
are still called ``/nix/store/…``; :meth:`Nix.physical` says where their bytes are.
"""

import os
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from noether_nix.errors import FormatError, SettingInvalidError, StoreUnwritableError
from noether_nix.formats.digest import Digest
from noether_nix.formats.store_path import STORE_DIR, StorePath, check_name
from noether_nix.frozen import dataclass, field
from noether_nix.process import nix_commands
from noether_nix.process.build_users import OwnBuildUsers, check_build_users
from noether_nix.process.child import Cancellation, Exit, run
from noether_nix.process.nix_build import BuildEnd, NixBuild, build_end
from noether_nix.process.nix_failure import (
    NO_DAEMON_HINT,
    NixExit,
    check_ended_well,
    lacks_filter,
    lacks_shown_path,
    last_words,
    says_altered,
    says_daemon_gone,
    says_unreachable,
)
from noether_nix.process.nix_programs import NixPrograms
from noether_nix.process.places import machine_store, store_folder

_PATH = re.compile(rf"{STORE_DIR}/[0-9a-z]{{32}}-[0-9a-zA-Z+._?=-]+")


@dataclass(frozen=True, slots=True)
class Nix:
    """The programs of Nix, bound to one store and to options that nothing can weaken.

    ``folder`` is ours alone: the root of the private store, and home to Nix's own small files
    when ``private`` is off and the machine's store is used. ``cancellation`` is another thread's
    way to end whatever is being done. Without ``sandbox`` builds see a private store where it
    lies, for nothing puts it at ``/nix/store``.
    """

    programs: NixPrograms
    folder: Path
    private: bool = True
    sandbox: bool = True
    jobs: int = 1
    cores: int = 1
    cancellation: Cancellation | None = None
    # What this machine was found to lack of all that Nix wants for a build.
    _lacking: set[str] = field(default_factory=set, compare=False, repr=False)

    def physical(self, path: StorePath) -> Path:
        """Where the bytes of ``path`` lie; they need not be there."""
        return self.store_folder / path.base_name

    def name_of(self, path: StorePath) -> str:
        """What ``path`` is called in this store's own builds."""
        return f"{self._prefix}/{path.base_name}"

    @property
    def store_folder(self) -> Path:
        """The folder that holds the store's paths."""
        if self._lies_open:
            return self.folder / "store"
        return store_folder(self.folder, private=self.private)

    @property
    def roots_folder(self) -> Path:
        """The folder in which our links spare store paths from garbage collection."""
        if self._lies_open:
            return self.folder / "state/gcroots/noether"
        if self.private:
            return self.folder / "nix/var/nix/gcroots/noether"
        return self.folder / "roots"

    def prepare(self) -> None:
        """Make the folder, for our eyes only.

        Raises:
            StoreUnwritableError: the folder cannot be made.
            SettingInvalidError: Nix cannot have a store in a folder of that name.
        """
        if self.private and "?" in str(self.folder):
            raise SettingInvalidError(
                f"Nix can have no store in {self.folder}, because of the question mark",
                hint="set NOETHER_HOME to another folder",
            )
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self.folder.stat().st_mode & 0o777 != 0o700:
                self.folder.chmod(0o700)
            (self.folder / "home").mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise StoreUnwritableError(
                f"{self.folder}: {error.strerror}", hint="set NOETHER_HOME to another folder"
            ) from error

    def build_users(self) -> OwnBuildUsers | None:
        """Users of this store alone to build as; None where they are the machine's, or oneself.

        Raises:
            SandboxUnavailableError: builds would run as root.
        """
        if os.geteuid() != 0 or (not self.private and machine_store() == "daemon"):
            return None
        own = OwnBuildUsers.of(self.folder) if self.private else None
        if own is None:
            check_build_users(0)
        return own

    def add_flat_files(self, paths: Sequence[Path]) -> tuple[StorePath, ...]:
        """Add files by their bytes alone, each under its own name; one process for all.

        Raises:
            NoetherError: one of :func:`noether_nix.process.nix_failure.to_error`.
        """
        if not paths:
            return ()
        for path in paths:
            check_name(path.name)
        argv = nix_commands.add_flat(self.programs, self._store, paths)
        end = self._ask(argv, f"adding {paths[0].name} to the store")
        return _paths_in(end.stdout)

    def add_flat_file(self, path: Path) -> StorePath:
        """Add a file by its bytes alone, under its own name."""
        return self.add_flat_files((path,))[0]

    def add_tree(self, path: Path) -> StorePath:
        """Add a folder with all that is in it, or a file with its mode, under its own name."""
        argv = nix_commands.add_tree(self.programs, self._store, path)
        check_name(path.name)
        return self._one_path(self._ask(argv, f"adding {path.name} to the store"))

    def instantiate(self, nix_text: str, *, directory: Path | None = None) -> StorePath:
        """Write the derivation of an expression into the store.

        Args:
            nix_text: the expression; it never goes through an argument.
            directory: what its relative paths are relative to.
        """
        argv = nix_commands.instantiate(self.programs, self._store)
        return self._one_path(
            self._ask(argv, "evaluating", stdin=nix_text.encode(), directory=directory)
        )

    def build_file(
        self,
        nix_file: Path,
        *,
        arguments: Mapping[str, str] | None = None,
        on_line: Callable[[bytes], None] | None = None,
        timeout_seconds: float | None = None,
        cancellation: Cancellation | None = None,
        check: bool = False,
        fetching: Mapping[str, str] | None = None,
    ) -> NixBuild:
        """Build the one derivation that ``nix_file`` evaluates to; its log goes to ``on_line``.

        Args:
            nix_file: the expression.
            arguments: short texts for the parameters that it takes.
            on_line: gets every line that the builder and Nix print, as it comes.
            timeout_seconds: the outer fence; the builder's own limits are inside.
            cancellation: another thread's way to stop the build.
            check: build a derivation again that was built before, and compare.
            fetching: let Nix fetch, from what the machine's own configuration names, with these
                variables, which say how the network is reached. Never for what a stage wrote.

        Raises:
            EvaluationFailedError: Nix refused the expression.
            SandboxUnavailableError: the machine does not let Nix isolate the builder.
            StoreFullError: the disk is full.
            StoreUnwritableError: the store's folder cannot be written.
        """
        argv = nix_commands.build(
            self.programs, self._store, nix_file, arguments or {}, check=check
        )
        self.prepare()
        own = self.build_users()
        build = partial(
            self._build,
            (*own.show(), *argv) if own else argv,
            fetching=fetching,
            on_line=on_line,
            timeout_seconds=timeout_seconds,
            cancellation=cancellation or self.cancellation,
        )
        end = build()
        lost = self._lost_daemon(end, cancellation)
        if lost and says_unreachable(end.stderr_tail):
            end = build()
            lost = self._lost_daemon(end, cancellation)
        if lost:
            # What it had built of this is lost, and who asked for it knows what is left.
            return NixBuild(BuildEnd.DAEMON_ENDED, None, end)
        how = build_end(end, nix_file.name)
        out = self._one_path(end) if how is BuildEnd.BUILT else None
        return NixBuild(how, out, end)

    def nar_hash(self, path: StorePath) -> Digest | None:
        """The hash under which a path was added, as the store recorded it; None for a stranger."""
        self.prepare()
        argv = nix_commands.recorded_hash(self.programs, self._store, path)
        end = self._run(argv)
        if end.code == NixExit.OTHER and b"is not valid" in end.stderr_tail:
            return None
        return Digest.parse(
            check_ended_well(end, f"asking for the hash of {path}").stdout.decode().strip()
        )

    def find_missing(self, paths: Sequence[StorePath]) -> tuple[StorePath, ...]:
        """Those of ``paths`` that are not wholly in the store."""
        if not paths:
            return ()
        argv = nix_commands.check_validity(self.programs, self._store, paths)
        end = self._ask(argv, "asking the store what it has")
        return _paths_in(end.stdout)

    def verify(self, path: StorePath) -> bool:
        """Hash the bytes of a path again: whether they are those that were added."""
        self.prepare()
        argv = nix_commands.verify(self.programs, self._store, path)
        end = self._run(argv)
        if end.code == NixExit.OTHER and says_altered(end.stderr_tail):
            return False
        check_ended_well(end, f"verifying {path}")
        return True

    def dump(self, path: StorePath, on_output: Callable[[bytes], None]) -> None:
        """Hand over the NAR of a path, piece by piece."""
        argv = nix_commands.dump(self.programs, self.physical(path))
        check_ended_well(
            run(
                argv,
                environment=self._environment(),
                on_output=on_output,
                cancellation=self.cancellation,
            ),
            f"reading {path}",
        )

    def collect_garbage(self, *, only_print: bool = False) -> tuple[StorePath, ...]:
        """Delete every path of a private store that no root holds, or just say which."""
        argv = nix_commands.collect_garbage(
            self.programs, self._store, only_print=only_print, reserved_bytes=self._reserved_bytes()
        )
        pieces: list[bytes] = []
        self._ask(argv, "collecting garbage", on_line=pieces.append, on_output=pieces.append)
        return _paths_in(b"\n".join(pieces))

    def add_root(self, name: str, path: StorePath) -> None:
        """Spare ``path`` from garbage collection under a name; the name's last path is let go.

        Raises:
            StoreUnwritableError: the link cannot be written.
        """
        link = self.roots_folder / check_name(name)
        # Threads of one process may be the first to need a path at the same time.
        aside = link.with_name(f"{link.name}.new-{os.getpid()}-{threading.get_native_id()}")
        try:
            link.parent.mkdir(parents=True, exist_ok=True)
            if self.private:
                aside.unlink(missing_ok=True)
                aside.symlink_to(self.name_of(path))
                aside.replace(link)
        except OSError as error:
            raise StoreUnwritableError(f"{link}: {error.strerror}") from error
        if not self.private:
            # The machine's own roots are not ours to write: Nix registers the link for us.
            argv = nix_commands.add_root(self.programs, self._store, link, path)
            self._ask(argv, f"sparing {path}")

    def drop_root(self, name: str) -> None:
        """Let go what was spared under ``name``, if anything."""
        (self.roots_folder / check_name(name)).unlink(missing_ok=True)

    @property
    def _lies_open(self) -> bool:
        return self.private and not self.sandbox

    @property
    def _prefix(self) -> str:
        return str(self.store_folder) if self._lies_open else STORE_DIR

    @property
    def _store(self) -> tuple[str, ...]:
        if self._lies_open:
            folder = quote(str(self.folder))
            places = (f"{name}={folder}/{name}" for name in ("store", "state", "log"))
            return ("--store", f"local?{'&'.join(places)}")
        return ("--store", str(self.folder) if self.private else machine_store())

    def _reserved_bytes(self) -> int:
        """What Nix has set aside for collections in a private store."""
        database = self.folder / ("state/db" if self._lies_open else "nix/var/nix/db")
        with suppress(OSError):
            return (database / "reserved").stat().st_size
        return 0

    def _environment(
        self,
        *,
        builds: bool = False,
        fetching: Mapping[str, str] | None = None,
        filtered: bool = True,
        shell: bool = True,
    ) -> dict[str, str]:
        configured = nix_commands.configuration(
            jobs=self.jobs,
            cores=self.cores,
            # Only who builds needs them, and only he is shown those of a private store.
            build_users=os.geteuid() == 0 and (builds or not self.private),
            fetching=fetching is not None,
            sandbox=self.sandbox,
            filtered=filtered,
            shell=shell,
        )
        home = self.folder / "home"
        ours = nix_commands.environment(configured, home, fetching=fetching is not None)
        return {**(fetching or {}), **ours}

    def _build(
        self, argv: Sequence[str], *, fetching: Mapping[str, str] | None, **streams: Any
    ) -> Exit:
        """Run a command that builds, again without what Nix wants and this machine lacks."""
        environment = partial(
            self._environment,
            builds=True,
            fetching=fetching,
            filtered="filter" not in self._lacking,
        )
        end = run(argv, environment=environment(), **streams)
        if fetching is not None and lacks_shown_path(end):
            from noether_nix.process.nix_conf import names_sandbox_paths

            if not names_sandbox_paths():
                # Debian's newest is compiled to show builds a shell that is another package's.
                environment = partial(environment, shell=False)
                end = run(argv, environment=environment(), **streams)
        if end.code in (None, NixExit.OTHER) and lacks_filter(end.stderr_tail):
            end = run(argv, environment=environment(filtered=False), **streams)
            if end.ok:
                self._lacking.add("filter")
        return end

    def _one_path(self, end: Exit) -> StorePath:
        lines = end.stdout.decode(errors="replace").split()
        if len(lines) != 1:
            raise FormatError(f"Nix names {len(lines)} paths where one is expected: {lines}")
        return StorePath.parse(lines[0].replace(self._prefix, STORE_DIR, 1))

    def _ask(
        self,
        argv: Sequence[str],
        what: str,
        *,
        stdin: bytes | None = None,
        directory: Path | None = None,
        on_line: Callable[[bytes], None] | None = None,
        on_output: Callable[[bytes], None] | None = None,
    ) -> Exit:
        self.prepare()
        end = self._run(
            argv, stdin=stdin, directory=directory, on_line=on_line, on_output=on_output
        )
        return check_ended_well(end, what)

    def _run(self, argv: Sequence[str], **streams: Any) -> Exit:
        """Run a command that may be given twice, as all but builds may: a daemon may restart."""
        once = partial(
            run,
            argv,
            environment=self._environment(),
            cancellation=self.cancellation,
            **streams,
        )
        end = once()
        return once() if self._lost_daemon(end) else end

    def _lost_daemon(self, end: Exit, cancellation: Cancellation | None = None) -> bool:
        """Whether the machine's daemon went away over this, and is back.

        Raises:
            RunInterruptedError: the run was stopped while it was waited for.
            StoreUnwritableError: it stays away.
        """
        if end.ok or self.private or end.stopped or not says_daemon_gone(end.stderr_tail):
            return False
        if machine_store() != "daemon":
            return False
        from noether_nix.process.daemon import wait_for_daemon

        if not wait_for_daemon(cancellation or self.cancellation):
            said = last_words(end.stderr_tail).said
            raise StoreUnwritableError(f"nix-daemon is not there: {said}", hint=NO_DAEMON_HINT)
        return True


def _paths_in(text: bytes) -> tuple[StorePath, ...]:
    """Every path of the store that a text names, in its order, once."""
    found = _PATH.findall(text.decode(errors="replace"))
    return tuple(StorePath.parse(path) for path in dict.fromkeys(found))
