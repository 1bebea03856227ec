"""The contract that a stage file states in its docstring (design 11.3)."""

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from noether_nix.errors import SettingInvalidError, StageInvalidError, TypeSyntaxError
from noether_nix.frozen import dataclass, field
from noether_nix.inside.contract import InvalidValueError, Json, decode, describe
from noether_nix.stage.annotations import AnnotatedType, Annotations
from noether_nix.stage.effect import Effects
from noether_nix.stage.effect_forms import parse_effects
from noether_nix.stage.examples import check_examples, parse_example
from noether_nix.stage.limits import CALL_LIMITS
from noether_nix.stage.model import Example
from noether_nix.stage.names import NAME_RULE, helper_fault, is_stage_name, lawful_name
from noether_nix.stage.problems import MOST_OF_A_KIND, ProblemList, did_you_mean
from noether_nix.stage.property import PROPERTY_SAMPLE
from noether_nix.stage.property_check import check_properties
from noether_nix.stage.sections import Line, Section, split_docstring
from noether_nix.types.model import Type
from noether_nix.types.text import parse_type

_TAG = re.compile(r'[^\s,\[\]{}"](?:[^,\[\]{}"]{0,62}[^\s,\[\]{}"])?')
_PLACE_IN_TYPE = re.compile(r"\A(?:line \d+, )?column \d+: ")
_RAW_HINT = 'the docstring has backslashes that Python takes away: begin it with r"""'
_MISSING = {name: f"{name.lower()}-missing" for name in ("Effects", "Input", "Output")}


@dataclass(frozen=True, slots=True)
class Contract:
    """What a docstring says; a part that is absent or wrong has its empty value."""

    description: str = ""
    name: str | None = None
    input: Type | None = None
    output: Type | None = None
    effects: Effects = ()
    tags: tuple[str, ...] = ()
    helpers: tuple[str, ...] = ()
    helpers_line: int = 0
    limits: Mapping[str, int] = field(default_factory=dict)
    properties: tuple[Mapping[str, Json], ...] = ()
    examples: tuple[Example, ...] = ()


def read_contract(
    text: str,
    *,
    first_line: int,
    problems: ProblemList,
    escaped: bool = False,
    annotations: Annotations | None = None,
) -> Contract:
    """Read a docstring, noting everything that is wrong with it.

    ``annotations`` are those of the code: they stand for a section that is not there, and have to
    agree with one that is. ``escaped`` says that the literal is not raw and has backslashes: then
    a value that cannot be read most likely lost them.
    """
    docstring = split_docstring(text, first_line=first_line, problems=problems)
    reader = _Reader(docstring.sections, problems, first_line, raw_hint=_RAW_HINT * escaped)
    said = annotations or Annotations()
    input_type, output_type = reader.type("Input", said.input), reader.type("Output", said.output)
    examples = reader.examples(input_type, output_type)
    return Contract(
        description=docstring.description,
        name=reader.name(),
        input=input_type,
        output=output_type,
        effects=reader.effects(),
        tags=reader.tags(),
        helpers=reader.helpers(),
        helpers_line=reader.line("Helpers"),
        limits=reader.limits(),
        properties=reader.properties((input_type, output_type), examples),
        examples=examples,
    )


class _Reader:
    """Reads one section after the other, each on its own."""

    def __init__(
        self,
        sections: Mapping[str, Section],
        problems: ProblemList,
        first_line: int,
        *,
        raw_hint: str,
    ) -> None:
        self._sections = sections
        self._problems = problems
        self._first_line = first_line
        self._raw_hint = raw_hint

    def _required(self, name: str, sample: str) -> Section | None:
        section = self._sections.get(name)
        if section is None or not section.lines:
            line = self._first_line if section is None else section.line
            missing = f"there is no section {name}" if section is None else f"{name} is empty"
            hint = f"write {name}: {sample}"
            self._problems.add(_MISSING[name], missing, line, hint=hint)
            return None
        return section

    def _lines(self, name: str) -> tuple[Line, ...]:
        section = self._sections.get(name)
        return section.lines if section else ()

    def line(self, name: str) -> int:
        section = self._sections.get(name)
        return section.line if section else 0

    def type(self, name: str, annotated: AnnotatedType | None) -> Type | None:
        if annotated is not None and name not in self._sections:
            return annotated.instead_of_section(name, self._problems)
        found = self._type(name)
        if annotated is not None and found is not None:
            annotated.compare(name, found, self._problems)
        return found

    def _type(self, name: str) -> Type | None:
        section = self._required(name, "{ text: Text }")
        if section is None:
            return None
        try:
            return parse_type(section.text)
        except TypeSyntaxError as error:
            # Its own place counts from the section's beginning and would mislead.
            reason = _PLACE_IN_TYPE.sub("", error.message)
            message = f"the type of {name} cannot be read: {reason}"
            row = section.text.count("\n", 0, error.position or 0)
            self._problems.add("type-invalid", message, section.lines[row].number, hint=error.hint)
            return None

    def effects(self) -> Effects:
        section = self._required("Effects", "[Pure]")
        if section is None:
            return ()
        effects, faults = parse_effects(section.text)
        self._problems.add_all(faults, section.lines[0].number)
        return effects

    def name(self) -> str | None:
        section = self._sections.get("Name")
        if section is None:
            return None
        if is_stage_name(section.text):
            return section.text
        lawful = lawful_name(section.text)
        hint = f"a name is made of {NAME_RULE}" + (f": {lawful}" if lawful else "")
        self._problems.add(
            "name-invalid", f"{section.text[:80]!r} is no name of a stage", section.line, hint=hint
        )
        return None

    def tags(self) -> tuple[str, ...]:
        return tuple(self._items("Tags", "[text, tables]", _tag_fault))

    def helpers(self) -> tuple[str, ...]:
        return tuple(sorted(self._items("Helpers", "[text_tools.py]", helper_fault)))

    def _items(
        self, name: str, sample: str, fault_of: Callable[[str], str | None]
    ) -> Iterator[str]:
        """The items of a list in brackets that are lawful and stand there once."""
        section = self._sections.get(name)
        if section is None:
            return
        code, line, hint = f"{name.lower()}-invalid", section.line, f"write {name}: {sample}"
        text = section.text.strip()
        if not (text.startswith("[") and text.endswith("]")):
            self._problems.add(code, f"{name} stand in brackets", line, hint=hint)
            return
        seen: set[str] = set()
        for item in filter(None, [text[1:-1].strip()]):
            for word in map(str.strip, item.split(",")):
                fault = "stands there twice" if word in seen else fault_of(word)
                seen.add(word)
                if fault is None:
                    yield word
                else:
                    self._problems.add(code, f"{name}: {word[:80]!r}: {fault}", line, hint=hint)

    def limits(self) -> dict[str, int]:
        section = self._sections.get("Limits")
        if section is None:
            return {}
        text = section.text.strip()
        if not (text.startswith("{") and text.endswith("}")):
            hint = "write Limits: { wall: 30s, memory: 512MiB }"
            self._problems.add("limits-invalid", "Limits stand in braces", section.line, hint=hint)
            return {}
        limits: dict[str, int] = {}
        items = filter(None, map(str.strip, re.split(r"[,\n]", text[1:-1])))
        for item in islice(items, MOST_OF_A_KIND):
            self._limit(item, section.line, limits)
        return limits

    def _limit(self, item: str, line: int, limits: dict[str, int]) -> None:
        name, colon, amount = map(str.strip, item.partition(":"))
        if not colon:
            message, hint = f"{item[:40]!r} is no limit", "write wall: 30s"
        elif name not in CALL_LIMITS:
            message, hint = f"{name[:40]!r} is no limit", did_you_mean(name, CALL_LIMITS)
        elif name in limits:
            message, hint = f"the limit {name} stands twice", "keep one of them"
        else:
            try:
                limits[name] = CALL_LIMITS[name].parse(amount)
            except SettingInvalidError as error:
                message, hint = f"the limit {name}: {error.message}", error.hint
            else:
                return
        self._problems.add("limits-invalid", message, line, hint=hint)

    def properties(
        self, types: tuple[Type | None, Type | None], examples: tuple[Example, ...]
    ) -> tuple[Mapping[str, Json], ...]:
        found: list[tuple[int, Mapping[str, Json]]] = []
        for line in self._lines("Properties"):
            try:
                value = decode(line.text.encode(errors="surrogatepass"))
            except InvalidValueError as error:
                message = f"a property is one JSON object a line: {error}"
                self._problems.add("property-invalid", message, line.number, hint=self._raw_hint)
                continue
            if isinstance(value, dict):
                found.append((line.number, value))
            else:
                message = f"a property is a JSON object, not {describe(value)}"
                self._problems.add("property-invalid", message, line.number, hint=PROPERTY_SAMPLE)
        documents = tuple(document for _, document in found)
        input_type, output_type = types
        if input_type is not None and output_type is not None:
            for index, problem in check_properties(documents, examples, input_type, output_type):
                self._problems.add_all([problem], found[index][0])
        return documents

    def examples(self, input_type: Type | None, output_type: Type | None) -> tuple[Example, ...]:
        found: list[tuple[int, Example]] = []
        for line in self._lines("Examples"):
            try:
                found.append((line.number, parse_example(line.text)))
            except StageInvalidError as error:
                self._problems.add(
                    "example-invalid",
                    error.message,
                    line.number,
                    hint=self._raw_hint or error.hint,
                )
        examples = tuple(example for _, example in found)
        if input_type is not None and output_type is not None:
            for index, problem in check_examples(examples, input_type, output_type).items():
                self._problems.add_all([problem], found[index][0])
        return examples


def _tag_fault(text: str) -> str | None:
    lawful = _TAG.fullmatch(text) is not None and text.isprintable()
    return None if lawful else "a tag is a word or a few, at most 64 characters"
