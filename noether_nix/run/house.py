"""Everything wired together for one set of settings, each part made when it is first asked for.

Imports stand where they are needed: a run in which nothing is new is mostly imports.
"""

import os
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from noether_nix.database.connection import Database
from noether_nix.database.regular_file import read_regular_file
from noether_nix.run.settings import Settings

if TYPE_CHECKING:
    from noether_nix.catalog.answers import AcceptedEffect, Answer
    from noether_nix.catalog.catalog import Catalog
    from noether_nix.effects.policy import Policy
    from noether_nix.ledger.ledger import Ledger
    from noether_nix.plan.interpreter import Interpreter
    from noether_nix.process.child import Cancellation
    from noether_nix.process.nix import Nix
    from noether_nix.process.system import MachineFacts
    from noether_nix.run.keeping import Circumstances
    from noether_nix.run.stopwatch import Stopwatch
    from noether_nix.stage.model import Stage
    from noether_nix.store.interface import HeldValue
    from noether_nix.store.results import ResultStore
    from noether_nix.store.values import NixValueFiles
    from noether_nix.toolchain.choice import ToolchainChoice

_UNCOUNTED = nullcontext()


class Preparation(Protocol):
    """What is got ready elsewhere while we do something else; leaving it ends it."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def wait(self) -> None:
        """Return when all is ready, or raise why it is not."""
        ...


class House:
    """The database, the store, Nix and the toolchain of one home folder.

    A context manager; belongs to the thread that entered it. ``say`` is told what takes time,
    ``cancellation`` ends what Nix is doing. With ``frugal`` the database is opened also where the
    disk is full or read-only, for those who mostly read. A ``stopwatch`` takes the times of a run.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        say: Callable[[str], None],
        cancellation: "Cancellation | None" = None,
        frugal: bool = False,
    ) -> None:
        self.settings = settings
        self.say = say
        self._stack = ExitStack()
        self._cancellation = cancellation
        self._frugal = frugal
        self._preparation: Preparation | None = None
        self.stopwatch: Stopwatch | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def phase(self, name: str) -> AbstractContextManager[object]:
        """Count the time of the block to this phase, where somebody wants to know."""
        return _UNCOUNTED if self.stopwatch is None else self.stopwatch.phase(name)

    @cached_property
    def database(self) -> Database:
        """The one database."""
        path = self.settings.home / "noether.sqlite"
        is_new = not path.exists()
        if self._frugal or is_new:
            from noether_nix.database.scarcity import open_anyway, set_reserve_aside

            opened = open_anyway(path) if self._frugal else Database.open(path)
            if is_new:
                set_reserve_aside(path)
        else:
            opened = Database.open(path)
        return self._stack.enter_context(opened)

    @property
    def exists(self) -> bool:
        """Whether anything was kept here yet; looking makes nothing."""
        return (self.settings.home / "noether.sqlite").exists()

    @cached_property
    def nix(self) -> "Nix":
        """Nix, bound to the chosen store.

        Raises:
            NixMissingError: it is not there.
        """
        from noether_nix.process.nix import Nix
        from noether_nix.process.nix_programs import find_nix

        programs = find_nix(self.settings.nix, self.settings.search_path)
        private = self.settings.store == "private"
        folder = self.settings.home / "nix"
        return Nix(programs, folder, private=private, cancellation=self._cancellation)

    @cached_property
    def nix_version(self) -> str:
        """The version of Nix, asked once for each Nix there is."""
        from noether_nix.process.nix_programs import read_version

        identity = self.nix.programs.identity
        known = self.database.row(
            str, "SELECT value FROM facts WHERE name = ?", (f"nix {identity}",)
        )
        if known is None:
            home = self.settings.home
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
            known = str(read_version(self.nix.programs, home=home))
            self.database.execute(
                "INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)",
                (f"nix {identity}", known),
            )
        return known

    @cached_property
    def interpreter(self) -> "Interpreter":
        """What stages run with; taken now if this is the first time."""
        from noether_nix.toolchain.current import current_toolchain

        if self._preparation is not None:
            self._preparation.wait()
        # First: what a Nix that is too old says of the rest is about something else.
        _ = self.nix_version
        choice = self.toolchain_choice
        return current_toolchain(self.database, self.nix, choice, say=self.say).interpreter

    @property
    def toolchain_choice(self) -> "ToolchainChoice":
        """What the settings say about toolchains."""
        from noether_nix.toolchain.choice import ToolchainChoice

        settings = self.settings
        return ToolchainChoice(
            provider="nixpkgs" if settings.toolchain_provider == "nixpkgs" else "host",
            python=settings.python,
            nixpkgs=settings.toolchain_nixpkgs,
            closure=settings.toolchain_closure,
            network=settings.network or {},
        )

    def wait_for(self, preparation: "Preparation") -> None:
        """Let the interpreter be asked for only when that is done; it ends with the house."""
        self._preparation = self._stack.enter_context(preparation)

    @cached_property
    def machine(self) -> "MachineFacts":
        """This machine."""
        from noether_nix.process.system import read_facts

        return read_facts()

    @cached_property
    def catalog(self) -> "Catalog":
        """Registered stages."""
        from noether_nix.catalog.catalog import Catalog

        return Catalog(self.database)

    def find_stage(self, reference: str) -> "Answer":
        """What a name, an id or the beginning of one means; opens the catalog only now."""
        return self.catalog.find(reference)

    @cached_property
    def policies(self) -> "tuple[Policy, ...]":
        """What the settings allow to run.

        Raises:
            FileUnreadableError: a policy file cannot be read.
            SettingInvalidError: it is no policy.
        """
        if not self.settings.policies:
            return ()
        from noether_nix.run.policies import read_policy_file

        return tuple(map(read_policy_file, self.settings.policies))

    def admit(self, stage: "Stage") -> None:
        """Let a stage from a file in.

        Raises:
            EffectUndeclaredError: its code shows more than it declares, and nobody accepted it.
        """
        from noether_nix.run.admission import admit

        admit(stage, self.accepted_effects)

    def accepted_effects(self, stage: str) -> "tuple[AcceptedEffect, ...]":
        """What was recorded not to hold of the stage with that id; looking makes nothing."""
        return self.catalog.accepted_effects(stage) if self.exists else ()

    @cached_property
    def ledger(self) -> "Ledger":
        """Recorded runs."""
        from noether_nix.ledger.ledger import Ledger

        return Ledger(self.database, self.logs_folder)

    @property
    def logs_folder(self) -> Path:
        """Where the logs of calls lie."""
        return self.settings.home / "logs"

    @cached_property
    def value_files(self) -> "NixValueFiles":
        """Large values."""
        from noether_nix.store.values import NixValueFiles

        return NixValueFiles(self.nix)

    @cached_property
    def results(self) -> "ResultStore":
        """Kept results."""
        from noether_nix.store.results import ResultStore

        return ResultStore(self.database, _LateValueFiles(self))

    @property
    def circumstances(self) -> "Circumstances":
        """What is recorded beside results."""
        from noether_nix.run.keeping import Circumstances

        return Circumstances(
            self.nix_version,
            self.nix.private,
            self.machine.kernel,
            self.machine.cpu_model,
        )

    @property
    def parallel(self) -> int:
        """How many calls run at once unless told otherwise.

        One more than there are processors: while a call is made or taken down another can run.
        """
        return self.settings.jobs or len(os.sched_getaffinity(0)) + 1

    @staticmethod
    def now() -> float:
        """The clock: seconds since 1970."""
        return time.time()


class _LateValueFiles:
    """The house's large values, whose own machinery is needed only when there are some."""

    def __init__(self, house: House) -> None:
        self._house = house

    def add(self, values: Mapping[str, bytes]) -> "dict[str, Path]":
        return self._house.value_files.add(values) if values else {}

    def read(self, path: str) -> bytes | None:
        from noether_nix.process.places import store_folder

        settings = self._house.settings
        folder = store_folder(settings.home / "nix", private=settings.store == "private")
        return read_regular_file(folder / Path(path).name)

    def remove(self, path: str) -> None:
        self._house.value_files.remove(path)

    def held(self) -> "tuple[HeldValue, ...]":
        return self._house.value_files.held()
