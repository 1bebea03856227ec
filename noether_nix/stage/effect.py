"""What a stage says it does beyond computing, as data (reference/noether.md 2.4)."""

import json
import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import TypeAlias

from noether_nix.errors import Problem, StageInvalidError
from noether_nix.frozen import dataclass

Detail: TypeAlias = int | str | tuple[str, ...]


class EffectKind(StrEnum):
    """The kinds of effect, in the order in which sets of them are sorted."""

    CLOCK = "Clock"
    COST = "Cost"
    ENV = "Env"
    FALLIBLE = "Fallible"
    FS_READ = "FsRead"
    FS_WRITE = "FsWrite"
    LLM = "Llm"
    NETWORK = "Network"
    NON_DETERMINISTIC = "NonDeterministic"
    PROCESS = "Process"
    PURE = "Pure"
    RANDOM = "Random"
    UNKNOWN = "Unknown"

    @property
    def flag(self) -> str:
        """The kind as the command line has it: ``fs-read``."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", self.value).lower()


@dataclass(frozen=True, slots=True)
class DetailRule:
    """What a kind of effect says besides its name.

    Attributes:
        key: its key in JSON.
        default: what holds where nothing is said; with None and not ``required``, anything.
        required: it must be said.
        many: several texts, sorted, and the key is left out where nothing is said.
        expected: what it must be, in words.
    """

    key: str
    default: int | str | None
    sample: Detail
    lawful: Callable[[object], bool]
    expected: str
    required: bool = False
    many: bool = False


_MAX_CENTS = 2**53 - 1  # what RFC 8785 can write exactly
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(
    rf"(?:(?:\*\.)?{_LABEL}(?:\.{_LABEL})*|\[[0-9a-f:.]{{2,45}}\])(?::[0-9]{{1,5}})?"
)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}")


def _is_cents(value: object) -> bool:
    return type(value) is int and 0 <= value <= _MAX_CENTS


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value) and not re.search("[\ud800-\udfff]", value)


def _is_path(value: object) -> bool:
    return _is_text(value) and str(value).startswith("/") and "\0" not in str(value)


def _is_host(value: object) -> bool:
    return isinstance(value, str) and len(value) < 300 and _HOST.fullmatch(value) is not None


def _is_variable(value: object) -> bool:
    return isinstance(value, str) and _VARIABLE.fullmatch(value) is not None


_PATH = DetailRule("path", None, "/data", _is_path, "an absolute path", required=True)
# The defaults are the ancestor's, so that ids of its specs stay what they are. What it does not
# have (hosts, names) is left out where nothing is said, for the same reason.
DETAILS: Mapping[EffectKind, DetailRule] = {
    EffectKind.COST: DetailRule("cents", 0, 5, _is_cents, "a whole number from 0"),
    EffectKind.ENV: DetailRule(
        "names", None, ("HOME",), _is_variable, "names of variables", many=True
    ),
    EffectKind.FS_READ: _PATH,
    EffectKind.FS_WRITE: _PATH,
    EffectKind.LLM: DetailRule("model", "unknown", "some-model", _is_text, "a text"),
    EffectKind.NETWORK: DetailRule(
        "hosts",
        None,
        ("api.example.org",),
        _is_host,
        "hosts in lower case, as api.example.org, *.example.org or [::1]:8080",
        many=True,
    ),
}
KIND_NAMES = tuple(kind.value for kind in EffectKind)
_ORDER = {kind: place for place, kind in enumerate(EffectKind)}


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect: its kind, and what that kind says besides (cents, a path, a model, hosts).

    ``detail`` is None for kinds that say nothing more, for any host, and for any variable.
    """

    kind: EffectKind
    detail: Detail | None = None

    def __str__(self) -> str:
        rule = DETAILS.get(self.kind)
        if rule is None or self.detail is None or self.detail == rule.default:
            return self.kind.value
        details = self.detail if isinstance(self.detail, tuple) else (self.detail,)
        inner = ", ".join(json.dumps(detail, ensure_ascii=False) for detail in details)
        return f"{self.kind.value}({inner})"


Effects: TypeAlias = tuple[Effect, ...]

PURE = Effect(EffectKind.PURE)
FALLIBLE = Effect(EffectKind.FALLIBLE)
_BESIDE_PURE = frozenset({EffectKind.PURE, EffectKind.FALLIBLE})


def effect_set(effects: Iterable[Effect]) -> Effects:
    """Sorted and without doubles, hosts and names of variables each in one: the one form."""
    single: set[Effect] = set()
    merged: dict[EffectKind, set[str] | None] = {}
    for effect in effects:
        rule = DETAILS.get(effect.kind)
        if rule is None or not rule.many:
            single.add(effect)
        elif not isinstance(effect.detail, tuple):
            merged[effect.kind] = None
        elif (known := merged.setdefault(effect.kind, set())) is not None:
            known.update(effect.detail)
    single |= {
        Effect(kind, None if known is None else tuple(sorted(known)))
        for kind, known in merged.items()
    }
    return tuple(sorted(single, key=_sort_key))


def _sort_key(effect: Effect) -> tuple[int, int, str]:
    number = effect.detail if isinstance(effect.detail, int) else 0
    return _ORDER[effect.kind], number, "" if number else str(effect.detail)


def join_effects(*sets: Iterable[Effect]) -> Effects:
    """What a whole does whose parts do this: all of it, and Pure only where nothing is beside it.

    A semilattice: in any order, any grouping and however often, the same comes out.
    """
    whole = effect_set(effect for effects in sets for effect in effects)
    if any(effect.kind not in _BESIDE_PURE for effect in whole):
        return tuple(effect for effect in whole if effect.kind is not EffectKind.PURE)
    return whole


def contradiction(effects: Effects) -> Problem | None:
    """Why no stage can have these effects together, without a place; or None.

    A graph can: it has the costs of all its nodes.
    """
    costs = [effect.detail for effect in effects if effect.kind is EffectKind.COST]
    if len(costs) > 1:
        named = " and ".join(map(str, costs[:3]))
        reason = f"a stage has one Cost, not {len(costs)}: {named} cents"
        return Problem("effects-contradict", reason, hint="write what one call costs in all")
    kinds = {effect.kind for effect in effects}
    besides = kinds - _BESIDE_PURE
    if EffectKind.PURE not in kinds or not besides:
        return None
    others = ", ".join(kind.value for kind in EffectKind if kind in besides)
    reason = f"a stage cannot be Pure and {others}"
    return Problem("effects-contradict", reason, hint="leave out Pure")


def covers(wide: Effect, narrow: Effect) -> bool:
    """Whether who may do ``wide`` may do ``narrow``: of one kind, with no more data.

    A path covers what is below it, ``*.example.org`` every host below that, a host all its ports.
    """
    if wide.kind is not narrow.kind or wide == narrow:
        return wide == narrow
    match wide.detail, narrow.detail:
        case int(most), int(cents):
            return cents <= most
        case str(path), str(below) if wide.kind is not EffectKind.LLM:
            return _is_below(_normal(path), _normal(below))
        case str(model), _:
            return model == DETAILS[EffectKind.LLM].default
        case None, _:
            return True
        case tuple(hosts), tuple(asked) if wide.kind is EffectKind.NETWORK:
            return all(any(_host_covers(host, one) for host in hosts) for one in asked)
        case tuple(names), tuple(asked):
            return set(asked) <= set(names)
        case _:
            return False


def _normal(path: str) -> str:
    return "/" + posixpath.normpath(path).lstrip("/")


def _is_below(folder: str, path: str) -> bool:
    return path == folder or path.startswith(folder if folder == "/" else f"{folder}/")


def _host_covers(wide: str, narrow: str) -> bool:
    wide_name, wide_port = _host_and_port(wide)
    name, port = _host_and_port(narrow)
    if wide_port and wide_port != port:
        return False
    if wide_name.startswith("*."):
        return name == wide_name or name.endswith(wide_name[1:])
    return name == wide_name


def _host_and_port(host: str) -> tuple[str, str]:
    name, colon, port = host.rpartition(":")
    return (name, port) if colon and not host.endswith("]") else (host, "")


def make_effect(kind: EffectKind, detail: object = None) -> Effect:
    """An effect with its detail checked; None takes the kind's default.

    Raises:
        StageInvalidError: the kind has no detail, needs one, or needs another.
    """
    rule = DETAILS.get(kind)
    if rule is None:
        if detail is not None:
            raise effect_fault(f"{kind.value} says nothing besides its name")
        return Effect(kind)
    if detail is None:
        if rule.required:
            sample = Effect(kind, rule.sample)
            raise effect_fault(f"{kind.value} needs a {rule.key}", f"write {sample}")
        return Effect(kind, rule.default)
    if rule.many:
        if isinstance(detail, list | tuple) and detail and all(map(rule.lawful, detail)):
            return Effect(kind, tuple(sorted(set(detail))))
    elif isinstance(detail, int | str) and rule.lawful(detail):
        return Effect(kind, detail)
    verb = "are" if rule.many else "is"
    raise effect_fault(
        f"the {rule.key} of {kind.value} {verb} {rule.expected}",
        f"write {Effect(kind, rule.sample)}",
    )


def effect_fault(message: str, hint: str = "") -> StageInvalidError:
    """The error for what is no effect."""
    problem = Problem("effect-invalid", message, hint=hint)
    return StageInvalidError(message, hint=hint, problems=[problem])
