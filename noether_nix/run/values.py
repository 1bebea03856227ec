"""The values of a run as far as they are known, encoded, and decoded only when looked into."""

import hashlib
import json
from collections.abc import Iterator, MutableMapping
from typing import Any

from noether_nix.graph.expression import ExpressionDocument
from noether_nix.inside.contract import MAX_DEPTH, encode
from noether_nix.inside.dataflow import Valuation
from noether_nix.inside.growing import Grown
from noether_nix.inside.unusable import NotTakenError
from noether_nix.plan.growing import GrowingPlan
from noether_nix.plan.planner import PlannedCall
from noether_nix.plan.regions import KnownValue


class _Decoded(MutableMapping[int, Any]):
    """The outputs as a valuation wants them."""

    def __init__(self, known: dict[int, KnownValue], passed: set[int]) -> None:
        self._known = known
        self._passed = passed
        self._decoded: dict[int, Any] = {}

    def __getitem__(self, index: int) -> Any:
        if index not in self._decoded:
            if index in self._passed:
                raise NotTakenError
            self._decoded[index] = json.loads(self._known[index].data)
        return self._decoded[index]

    def __setitem__(self, index: int, value: Any) -> None:
        self._decoded[index] = value

    def __delitem__(self, index: int) -> None:
        self._decoded.pop(index, None)

    def __iter__(self) -> Iterator[int]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


class RunValues:
    """The graph's input and the results so far.

    Attributes:
        input: the graph's input.
        outputs: the result of each call that has one, by the call's index.
        settled: what nobody need wait for: those, what was not taken, and as ``~number`` the
            eaches whose value is known.
        valuation: the values of expressions.
    """

    def __init__(self, plan: GrowingPlan, encoded_input: bytes) -> None:
        self.input = known_value(encoded_input)
        self.outputs: dict[int, KnownValue] = {}
        self.settled: set[int] = set()
        self._passed: set[int] = set()
        decoded = _Decoded(self.outputs, self._passed)
        self.valuation = Valuation(json.loads(encoded_input), plan.shared, decoded, plan.eaches)

    def take(self, index: int, value: KnownValue) -> None:
        """Take the result of a call."""
        self.outputs[index] = value
        self.settled.add(index)

    def pass_over(self, index: int) -> None:
        """Take note of a call that is over without a result, because its arm was not taken."""
        self.settled.add(index)
        self._passed.add(index)

    def settle_each(self, number: int, each: Grown) -> None:
        """Take note of an each that is over: all that its value is made of is there."""
        if each.count is not None:
            self.valuation.look_at(number)
        self.settled.add(~number)

    def is_taken(self, call: PlannedCall) -> bool:
        """Whether the guards of a call hold; all that it needs must be there.

        Raises:
            InputUnusableError: that cannot be told.
        """
        return not call.guards or self.valuation.is_taken(call.guards)

    def input_sha256(self, call: PlannedCall) -> str:
        """The SHA-256 (hex) of a call's encoded input; all that it needs must be there.

        Raises:
            InputUnusableError: there is none, as when a value has no place in the stage's input.
            InvalidValueError: the value is nested too deeply.
        """
        if call.source is not None:
            return self.outputs[call.source].sha256
        return hashlib.sha256(self.encoded(call.input)).hexdigest()

    def encoded(self, expression: ExpressionDocument) -> bytes:
        """The encoded value of an expression; all that it needs must be there.

        Raises:
            InputUnusableError: there is none.
            InvalidValueError: the value is nested too deeply.
        """
        source = expression.get("call")
        if isinstance(source, int) and source in self.outputs:
            return self.outputs[source].data
        if "input" in expression:
            return self.input.data
        return _encoded(self.valuation.value(expression))


_dump = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def _encoded(value: Any) -> bytes:
    """As :func:`encode`, for what was read from JSON: its keys are texts, its types are plain."""
    try:
        data = _dump(value).encode()
    except (ValueError, RecursionError):
        return encode(value)  # says what is wrong
    return encode(value) if data.count(b"[") + data.count(b"{") > MAX_DEPTH else data


def known_value(data: bytes) -> KnownValue:
    """An encoded value with its SHA-256."""
    return KnownValue(hashlib.sha256(data).hexdigest(), data)
