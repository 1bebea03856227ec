"""What a flow means, in plain Python: what the machinery is held against.

It knows nothing of plans, regions, keys or growing: every call is made in turn, with what its
expressions say.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from noether_nix.graph.dataflow import Call, Dataflow, Each

_INPUT = ("input", 0)
SKIPPED, NOT_TAKEN, WELL = "skipped", "not-taken", "succeeded"


class UnusableError(Exception):
    """What came does not do."""


class FailedError(Exception):
    """Something that is needed has no value."""


@dataclass
class Reference:
    """One flow on one input; ``names`` gives the calls of the whole run their outcomes."""

    flow: Dataflow
    value: Any
    stages: Mapping[str, Callable[[Any], Any]]
    names: dict[str, str] = field(default_factory=dict)
    prefix: int = 0
    name: str = ""
    fallen: set[tuple[str, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._calls: dict[int, Any] = {}
        self._eaches: dict[int, Any] = {}

    def run(self) -> Any:
        """Make all calls; gives the output.

        Raises:
            FailedError: something that the output needs has no value.
            UnusableError: the output cannot be made of what there is.
        """
        # In any order in which nothing comes before what it needs.
        left: list[Call | Each] = [*self.flow.calls, *self.flow.eaches]
        while left:
            one = next(one for one in left if self._is_ready(one, left))
            left.remove(one)
            if isinstance(one, Call):
                self._call(one)
            else:
                self._each(one)
        return self._value(self.flow.output, strict=True)

    def _is_ready(self, one: Call | Each, left: list[Call | Each]) -> bool:
        waiting = {("call" if isinstance(other, Call) else "each", other.index) for other in left}
        return not self._needs(one) & waiting

    def _needs(self, one: Call | Each) -> set[tuple[str, int]]:
        parts = [one.input] if isinstance(one, Call) else [one.over]
        if isinstance(one, Each) and one.initial is not None:
            parts.append(one.initial)
        parts += [guard.predicate for guard in one.guards]
        return set[tuple[str, int]]().union(*map(self._mentioned, parts))

    def _mentioned(self, expression: Any) -> set[tuple[str, int]]:
        ((kind, body),) = expression.items()
        if kind in ("call", "each"):
            return {(kind, body)}
        if kind == "input":
            return {_INPUT}
        if kind == "let":
            return self._mentioned(self.flow.shared[body])
        return set[tuple[str, int]]().union(*map(self._mentioned, _parts(kind, body)))

    def _call(self, call: Call) -> None:
        name = self.name + call.pointer[self.prefix :]
        self.names[name] = outcome = self._made(call)
        if outcome not in (WELL, NOT_TAKEN):
            self.fallen.add(("call", call.index))

    def _made(self, call: Call) -> str:
        if self._needs(call) & self.fallen:
            return SKIPPED
        try:
            if not self._is_taken(call):
                return NOT_TAKEN
            value = self._value(call.input)
        except UnusableError:
            return "input-invalid"
        try:
            self._calls[call.index] = self.stages[call.stage.name](value)
        except ValueError:
            return "stage-raised"
        return WELL

    def _is_taken(self, one: Call | Each) -> bool:
        return all(_decided(self._value(g.predicate)) is g.wanted for g in one.guards)

    def _each(self, each: Each) -> None:
        if self._needs(each) & self.fallen:
            self.fallen.add(("each", each.index))
            return
        try:
            if not self._is_taken(each):
                return
            whole = self._value(each.over)
            if not isinstance(whole, list | dict):
                raise UnusableError  # noqa: TRY301
        except UnusableError as error:
            self._eaches[each.index] = error
            return
        try:
            self._eaches[each.index] = self._gathered(each, whole)
        except UnusableError as error:
            self._eaches[each.index] = error
        except FailedError:
            self.fallen.add(("each", each.index))

    def _gathered(self, each: Each, whole: Any) -> Any:
        items = list(whole.values()) if isinstance(whole, dict) else whole
        if each.kind == "reduce":
            return self._folded(each, items)
        if each.kind == "tree":
            return self._paired(each, items)
        outputs = self._all([self._body(each, place, item) for place, item in enumerate(items)])
        if each.kind == "map":
            return dict(zip(whole, outputs, strict=True)) if isinstance(whole, dict) else outputs
        kept = [_decided(output) for output in outputs]
        if isinstance(whole, dict):
            return {name: whole[name] for name, one in zip(whole, kept, strict=True) if one}
        return [item for item, one in zip(items, kept, strict=True) if one]

    def _folded(self, each: Each, items: list[Any]) -> Any:
        so_far: Any = lambda: self._value(each.initial)  # noqa: E731 - a value or why there is none
        for place, item in enumerate(items):
            so_far = self._body(each, place, {"accumulator": so_far, "item": item})
        return self._all([so_far])[0]

    def _paired(self, each: Each, items: list[Any]) -> Any:
        level: list[Any] = [(lambda item=item: item) for item in items]
        made = 0
        while len(level) > 1:
            pairs = []
            for left, right in zip(level[::2], level[1::2], strict=False):
                pairs.append(self._body(each, made, {"left": left, "right": right}))
                made += 1
            level = pairs + level[len(level) & ~1 :]
        if level:
            return self._all(level)[0]
        if each.initial is None:
            raise UnusableError
        return self._value(each.initial)

    def _body(self, each: Each, place: int, item: Any) -> Callable[[], Any]:
        """Run the body; gives what tells its output, or raises why there is none."""
        name = self.name + each.pointer[self.prefix :] + f"#{place}"
        inner = Reference(each.body, None, self.stages, self.names, len(each.pointer), name)
        try:
            inner.value = _resolved(item)
        except FailedError:
            inner.fallen.add(_INPUT)
        except UnusableError as error:
            inner.value = error
        return _told(inner)

    def _all(self, outputs: list[Callable[[], Any]]) -> list[Any]:
        """The outputs; that one failed comes before that one cannot be used."""
        values, unusable = [], False
        for output in outputs:
            try:
                values.append(output())
            except UnusableError:
                unusable = True
        if unusable:
            raise UnusableError
        return values

    def _value(self, expression: Any, *, strict: bool = False) -> Any:  # noqa: C901 - a table
        if strict and self._mentioned(expression) & self.fallen:
            raise FailedError
        ((kind, body),) = expression.items()
        match kind:
            case "input":
                if isinstance(self.value, UnusableError):
                    raise self.value
                return self.value
            case "const":
                return body
            case "call":
                return self._calls[body]
            case "each":
                found = self._eaches[body]
                if isinstance(found, UnusableError):
                    raise found
                return found
            case "let":
                return self._value(self.flow.shared[body])
            case "object":
                return {name: self._value(part) for name, part in body}
            case "list":
                return [self._value(part) for part in body]
            case "part":
                whole = self._value(body[1])
                return whole.get(body[0]) if isinstance(whole, dict) else whole
            case "pick":
                whole = self._value(body[1])
                for name in body[0]:
                    if not isinstance(whole, dict) or name not in whole:
                        raise UnusableError
                    whole = whole[name]
                return whole
            case "branch":
                return self._value(body[1] if _decided(self._value(body[0])) else body[2])
            case _:
                raise AssertionError(kind)


def _told(inner: Reference) -> Callable[[], Any]:
    try:
        output = inner.run()
    except UnusableError:
        return _raising(UnusableError)
    except FailedError:
        return _raising(FailedError)
    return lambda: output


def _raising(kind: type[Exception]) -> Callable[[], Any]:
    def raise_it() -> Any:
        raise kind

    return raise_it


def _resolved(item: Any) -> Any:
    if isinstance(item, dict):
        return {name: one() if callable(one) else one for name, one in item.items()}
    return item


def _decided(value: Any) -> bool:
    if value is not True and value is not False:
        raise UnusableError
    return bool(value)


def _parts(kind: str, body: Any) -> list[Any]:
    match kind:
        case "object":
            return [part for _, part in body]
        case "list" | "branch":
            return list(body)
        case "part" | "pick":
            return [body[1]]
        case _:
            return []
