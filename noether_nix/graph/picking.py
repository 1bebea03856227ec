"""What a Project makes of what is given to it."""

from collections.abc import Mapping

from noether_nix.formats.json_pointer import escape
from noether_nix.frozen import dataclass
from noether_nix.graph.items import either, of_field
from noether_nix.graph.problems import Finding, shown
from noether_nix.graph.produced import (
    Gathered,
    Literal,
    Produced,
    Typed,
    is_null,
    render_produced,
    unrefined,
    variants,
)
from noether_nix.graph.projection import ConstRule, FieldRule, NestRule, PickRule
from noether_nix.inside.contract import Json
from noether_nix.stage.problems import nearest
from noether_nix.types.model import (
    ANY,
    AnyType,
    MapType,
    OpenRecordType,
    RecordType,
    VarType,
    VNodeType,
)


@dataclass(frozen=True, slots=True)
class Step:
    """A field of something produced: what it is where it is there, and whether it may not be."""

    part: Produced | None
    may_be_absent: bool


@dataclass(frozen=True, slots=True)
class Picker:
    """Applies the rules of one Project, noting in ``found`` what is wrong.

    ``owner`` is what the node is called in messages.
    """

    owner: str
    found: list[Finding]

    def _make(self, fields: Mapping[str, FieldRule], produced: Produced, place: str) -> Produced:
        made = {
            name: self.apply(rule, produced, f"{place}/{escape(name)}")
            for name, rule in fields.items()
        }
        return Gathered(made, self.owner)

    def apply(self, rule: FieldRule, produced: Produced, place: str) -> Produced:
        """What a rule that stands at ``place`` makes of what is given."""
        match rule:
            case ConstRule(value):
                return Literal(value, self.owner)
            case NestRule(fields):
                return self._make(fields, produced, f"{place}/fields")
            case PickRule():
                return self.pick(rule, produced, place)

    def pick(self, rule: PickRule, produced: Produced, place: str) -> Produced:
        """What a rule that stands at ``place`` picks from what is given."""
        return either(self._ends(rule.path, produced, rule.default, place), self.owner)

    def _ends(
        self, path: tuple[str, ...], produced: Produced, default: tuple[Json, ...], place: str
    ) -> tuple[Produced, ...]:
        """Everything that may stand at the end of ``path``."""
        if not path:
            return (produced,)
        ends: list[Produced] = []
        for one in variants(produced):
            step = step_into(path[0], one)
            absent = step is None and is_null(one)
            if step is not None and step.part is not None:
                ends += self._ends(path[1:], step.part, default, place)
                absent = step.may_be_absent
            elif step is not None:
                absent = True
            if absent and default:
                ends.append(Literal(default[0], self.owner))
            elif step is None or absent:
                self.found.append(self._lacking(path[0], one, step, place))
                ends.append(Typed(ANY, self.owner))
        return tuple(ends)

    def _lacking(self, name: str, produced: Produced, step: Step | None, place: str) -> Finding:
        gives = f"{produced.giver} gives {render_produced(produced)}"
        wants = f"{self.owner} picks the field {shown(name)}"
        is_over = place.endswith("/over")
        if step is None:
            hint = 'leave "over" out: then it is the items of all that comes in'
            hint = hint if is_over else 'all that comes in, whatever it is, is {"from": []}'
            return Finding("no-object", f"{wants}, but {gives}, which is no object", place, hint)
        if step.part is None:
            names = list(known_fields(produced) or ())
            near = nearest(name, names)
            known = ", ".join(shown(one) for one in names[:12]) or "none"
            hint = f"did you mean {shown(near)}?" if near else f"its fields: {known}"
            return Finding(
                "missing-field", f"{wants}, but {gives}, which has no such field", place, hint
            )
        hint = f'say what stands in for it: {{"from": {shown(name)}, "default": null}}'
        if is_over:
            project = f'{{"op": "Project", "from": {shown(name)}, "default": []}}'
            hint = f'leave "over" out, and put before it: {project}'
        message = f"{wants}, but {gives}, in which the field may be absent"
        return Finding("optional-field", message, place, hint)


def step_into(name: str, produced: Produced) -> Step | None:
    """The field of that name; None of what is no object."""
    match produced:
        case Literal(dict() as value, giver):
            part = Literal(value[name], of_field(name, giver)) if name in value else None
            return Step(part, may_be_absent=False)
        case Gathered(fields, giver):
            if name in fields:
                return Step(fields[name], may_be_absent=name in produced.optional)
            wild = Typed(ANY, of_field(name, giver)) if produced.is_unknown else None
            return Step(wild, may_be_absent=False)
        case Typed(whole, giver):
            return _typed_step(name, Typed(unrefined(whole), giver))
        case _:
            return None


def _typed_step(name: str, produced: Typed) -> Step | None:
    giver = of_field(name, produced.giver)
    match produced.type:
        case AnyType() | VarType() | VNodeType():
            return Step(Typed(ANY, giver), may_be_absent=False)
        case MapType(_, value):
            return Step(Typed(value, giver), may_be_absent=True)
        case RecordType() | OpenRecordType() as whole:
            field = whole.field(name)
            if field is None:
                return Step(None, may_be_absent=True)
            # Nothing is known of a wild one, also not that it may be absent.
            wild = isinstance(field.type, AnyType | VarType) and not field.optional
            return Step(Typed(field.type, giver), field.may_be_absent and not wild)
        case _:
            return None


def known_fields(produced: Produced) -> Mapping[str, Produced] | None:
    """The fields that are known of an object; None of what is none, or of which nothing is."""
    match produced:
        case Gathered(fields):
            return fields
        case Literal(dict() as value, giver):
            return {name: Literal(item, of_field(name, giver)) for name, item in value.items()}
        case Typed(whole, giver):
            inner = unrefined(whole)
            if isinstance(inner, RecordType | OpenRecordType):
                return {
                    field.name: Typed(field.type, of_field(field.name, giver))
                    for field in inner.fields
                    if not field.may_be_absent or isinstance(field.type, AnyType | VarType)
                }
            return None
        case _:
            return None
