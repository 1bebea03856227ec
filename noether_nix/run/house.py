"""Everything wired together for one set of settings, each part made when it is first asked for."""

import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import cached_property
from types import TracebackType
from typing import Self

from noether_nix.catalog.answers import Answer
from noether_nix.catalog.catalog import Catalog
from noether_nix.database.connection import Database
from noether_nix.ledger.ledger import Ledger
from noether_nix.plan.interpreter import Interpreter
from noether_nix.process.nix import Nix
from noether_nix.process.nix_programs import find_nix, read_version
from noether_nix.process.system import MachineFacts, read_facts
from noether_nix.run.keeping import Circumstances
from noether_nix.run.settings import Settings
from noether_nix.store.results import ResultStore
from noether_nix.store.values import NixValueFiles
from noether_nix.toolchain.current import current_toolchain


class House:
    """The database, the store, Nix and the toolchain of one home folder.

    A context manager; belongs to the thread that entered it. ``say`` is told what takes time.
    """

    def __init__(self, settings: Settings, *, say: Callable[[str], None]) -> None:
        self.settings = settings
        self.say = say
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    @cached_property
    def database(self) -> Database:
        """The one database."""
        return self._stack.enter_context(Database.open(self.settings.home / "noether.sqlite"))

    @cached_property
    def nix(self) -> Nix:
        """Nix, bound to the chosen store.

        Raises:
            NixMissingError: it is not there.
        """
        programs = find_nix(self.settings.nix, self.settings.search_path)
        private = self.settings.store == "private"
        return Nix(programs, self.settings.home / "nix", private=private)

    @cached_property
    def nix_version(self) -> str:
        """The version of Nix, asked once for each Nix there is."""
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
    def interpreter(self) -> Interpreter:
        """What stages run with; taken now if this is the first time."""
        toolchain = current_toolchain(self.database, self.nix, self.settings.python, say=self.say)
        return toolchain.interpreter

    @cached_property
    def machine(self) -> MachineFacts:
        """This machine."""
        return read_facts()

    @cached_property
    def catalog(self) -> Catalog:
        """Registered stages."""
        return Catalog(self.database)

    def find_stage(self, reference: str) -> Answer:
        """What a name, an id or the beginning of one means; opens the catalog only now."""
        return self.catalog.find(reference)

    @cached_property
    def ledger(self) -> Ledger:
        """Recorded runs."""
        return Ledger(self.database, self.settings.home / "logs")

    @cached_property
    def value_files(self) -> NixValueFiles:
        """Large values."""
        return NixValueFiles(self.nix)

    @cached_property
    def results(self) -> ResultStore:
        """Kept results."""
        return ResultStore(self.database, self.value_files)

    @property
    def circumstances(self) -> Circumstances:
        """What is recorded beside results."""
        return Circumstances(
            self.nix_version,
            self.nix.private,
            self.machine.kernel,
            self.machine.cpu_model,
        )

    @property
    def parallel(self) -> int:
        """How many calls run at once unless told otherwise."""
        return self.settings.jobs or len(os.sched_getaffinity(0))

    @staticmethod
    def now() -> float:
        """The clock: seconds since 1970."""
        return time.time()
