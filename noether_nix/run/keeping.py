"""What a call gave becomes a record under the call's key."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from noether_nix.executor.interface import CallDone
from noether_nix.frozen import dataclass
from noether_nix.plan.growing import GrowingPlan
from noether_nix.plan.program import CallKey, Program, value_path
from noether_nix.plan.regions import KnownValue
from noether_nix.run.values import known_value
from noether_nix.store.interface import Contradiction, ResultKeeper, ValueFiles
from noether_nix.store.record import INLINE_BYTES, Record


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is recorded beside a result because it cannot be fixed, only told."""

    nix_version: str
    private: bool
    kernel: str
    cpu_model: str


class Keeping:
    """Makes records of ends, and keeps them."""

    def __init__(
        self,
        plan: GrowingPlan,
        results: ResultKeeper,
        values: ValueFiles,
        circumstances: Circumstances,
    ) -> None:
        self._plan = plan
        self._results = results
        self._files = values
        self._circumstances = circumstances
        self._recipes: dict[str, str] = {}
        self._known: dict[int, KnownValue] = {}
        self._proof: str | None = None

    def proof_document(self, level: str, evidence: Mapping[str, Any]) -> str:
        """What proves a level, and where; the same text for the same findings."""
        machine = {"kernel": self._circumstances.kernel, "cpu_model": self._circumstances.cpu_model}
        document = {"level": level, **machine, "evidence": evidence}
        return json.dumps(document, sort_keys=True, separators=(",", ":"))

    def proved_by(self, proof: str) -> None:
        """Take the name of what proves the level of the results from now on."""
        self._proof = proof

    def key(self, end: CallDone) -> CallKey:
        """The key of a call that had an input."""
        return self._plan.calls[end.index].program.key(end.input_sha256)

    def value(self, end: CallDone) -> KnownValue:
        """The result of a call that succeeded."""
        if end.index not in self._known:
            assert end.value is not None
            self._known[end.index] = known_value(end.value)
        return self._known[end.index]

    def known(self, record: Record, data: bytes) -> KnownValue:
        """The result that a record stands for."""
        return KnownValue(record.value_sha256, data)

    def keep(
        self, ends: Sequence[CallDone], run: str, now: float, level: str
    ) -> tuple[Contradiction, ...]:
        """Keep the results among ``ends``, large values first, then all records at once."""
        succeeded = [end for end in ends if end.value is not None]
        if not succeeded:
            return ()
        large = {
            str(value_path(value.sha256)): value.data
            for value in map(self.value, succeeded)
            if len(value.data) > INLINE_BYTES
        }
        self._files.add(large)
        return self._results.record([self._record(end, run, now, level) for end in succeeded])

    def _record(self, end: CallDone, run: str, now: float, level: str) -> Record:
        call = self._plan.calls[end.index]
        key, value, facts = self.key(end), self.value(end), self._circumstances
        small = len(value.data) <= INLINE_BYTES
        return Record(
            key=str(key),
            drv_sha256=key.drv_sha256,
            recipe=self._recipe(call.program),
            program=call.program.id,
            input_sha256=end.input_sha256,
            value_sha256=value.sha256,
            value_size=len(value.data),
            inline=value.data if small else None,
            value_path=None if small else str(value_path(value.sha256)),
            limits=json.dumps(vars(call.program.limits), separators=(",", ":")),
            used=json.dumps(
                {**end.used, "seconds": end.seconds, "log_bytes": end.log_bytes},
                separators=(",", ":"),
            ),
            level=level,
            nix_version=facts.nix_version,
            kernel=facts.kernel,
            cpu_model=facts.cpu_model,
            toolchain=str(self._plan.interpreter.toolchain),
            run=run,
            time=now,
            contract_version=str(call.program.files.contract_code),
            proof=self._proof,
        )

    def _recipe(self, program: Program) -> str:
        """What, with the input, makes the call derivation again: its files by store path."""
        if program.id not in self._recipes:
            files = program.files
            self._recipes[program.id] = json.dumps(
                {
                    "stage": program.stage.id,
                    "files": {
                        "contract_code": str(files.contract_code),
                        "contract": str(files.contract),
                        "stage": str(files.stage),
                        "helpers": [str(path) for path in files.helpers],
                    },
                    "toolchain": str(program.interpreter.toolchain),
                    "system": program.interpreter.system,
                },
                separators=(",", ":"),
            )
        return self._recipes[program.id]
