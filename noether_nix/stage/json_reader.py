"""Reading JSON objects strictly: every key known, every value of its kind, every fault kept."""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from noether_nix.errors import Problem, StageInvalidError, TypeSyntaxError
from noether_nix.formats.json_pointer import escape
from noether_nix.inside.contract import Json, describe
from noether_nix.stage.effect import Effect, Effects, contradiction, effect_set
from noether_nix.stage.effect_forms import effect_from_document
from noether_nix.stage.examples import EXCEPTION_NAME
from noether_nix.stage.model import Example, Raises, Returns
from noether_nix.stage.names import NAME_RULE, is_stage_name, lawful_name
from noether_nix.stage.problems import MOST_OF_A_KIND, did_you_mean
from noether_nix.types.document import type_from_document
from noether_nix.types.model import Type


class ObjectReader:
    """One JSON object at its pointer; what is wrong goes to the document's list of problems.

    Their places are JSON Pointers; who knows the file puts it in front.

    A key that is absent or wrong reads as the empty value of its kind. Keys that begin with an
    underscore are remarks.
    """

    def __init__(
        self, document: Mapping[str, Json], problems: list[Problem], pointer: str = ""
    ) -> None:
        self._document = document
        self._problems = problems
        self._pointer = pointer

    def __contains__(self, key: str) -> bool:
        return key in self._document

    def is_text(self, key: str) -> bool:
        return isinstance(self._document.get(key), str)

    def is_object(self, key: str) -> bool:
        return isinstance(self._document.get(key), dict)

    def below(self, key: str) -> str:
        """The pointer to the value of ``key``."""
        return f"{self._pointer}/{escape(key)}"

    def add(self, code: str, message: str, pointer: str, *, hint: str = "") -> None:
        """Note a problem at ``pointer``."""
        self._problems.append(Problem(code, message, pointer, hint))

    def _wrong(self, key: str, expected: str) -> None:
        found = describe(self._document[key])
        self.add("key-invalid", f"{key} must be {expected}, not {found}", self.below(key))

    def check_keys(self, known: Iterable[str], *, required: Iterable[str] = ()) -> None:
        """Note keys that are unknown and required ones that are absent."""
        names = tuple(known)
        unknown = (key for key in self._document if key not in names and not key.startswith("_"))
        for key in islice(unknown, MOST_OF_A_KIND):
            message = f"the key {json.dumps(key[:60])} is unknown"
            self.add("key-unknown", message, self.below(key), hint=did_you_mean(key, names))
        for key in required:
            if key not in self._document:
                self.add("key-missing", f"the key {json.dumps(key)} is missing", self._pointer)

    def text(self, key: str, default: str = "") -> str:
        value = self._document.get(key, default)
        if isinstance(value, str):
            return value
        self._wrong(key, "a text")
        return default

    def name(self) -> str:
        """The value of ``name``, as stages can have it."""
        name = self.text("name")
        if self.is_text("name") and not is_stage_name(name):
            lawful = lawful_name(name)
            hint = f"a name is made of {NAME_RULE}" + (f": {lawful}" if lawful else "")
            message = f"{json.dumps(name[:80])} is no name of a stage"
            self.add("name-invalid", message, self.below("name"), hint=hint)
        return name

    def items(self, key: str) -> Iterator[tuple[str, Json]]:
        """The items of a list, each with its pointer."""
        value = self._document.get(key)
        if isinstance(value, list):
            pointer = self.below(key)
            yield from ((f"{pointer}/{index}", item) for index, item in enumerate(value))
        elif key in self._document:
            self._wrong(key, "a list")

    def texts(self, key: str) -> tuple[str, ...]:
        found: list[str] = []
        for pointer, item in self.items(key):
            if isinstance(item, str):
                found.append(item)
            else:
                message = f"{key} are texts, and this is {describe(item)}"
                self.add("key-invalid", message, pointer)
        return tuple(found)

    def object(self, key: str) -> "ObjectReader | None":
        """The object under ``key``."""
        value = self._document.get(key)
        if isinstance(value, dict):
            return self._inner(value, self.below(key))
        if key in self._document:
            self._wrong(key, "an object")
        return None

    def objects(self, key: str) -> "Iterator[ObjectReader]":
        """The objects in the list under ``key``."""
        for pointer, item in self.items(key):
            if isinstance(item, dict):
                yield self._inner(item, pointer)
            else:
                self.add("key-invalid", f"an object is expected, not {describe(item)}", pointer)

    def _inner(self, document: Mapping[str, Json], pointer: str) -> "ObjectReader":
        return ObjectReader(document, self._problems, pointer)

    def pairs(self, key: str) -> Iterator[tuple[str, str, Json]]:
        """Name, pointer and value of everything in the object under ``key``."""
        inner = self.object(key)
        if inner is not None:
            for name, value in inner._document.items():  # noqa: SLF001 - of its own kind
                yield name, inner.below(name), value

    def type(self, key: str) -> Type | None:
        if key not in self._document:
            return None
        try:
            return type_from_document(self._document[key], place=self.below(key))
        except TypeSyntaxError as error:
            self.add("type-invalid", error.message, self.below(key), hint=error.hint)
            return None

    def effects(self, key: str) -> Effects:
        """The set of effects under ``key``."""
        found: list[Effect] = []
        faults = 0
        for pointer, item in self.items(key):
            try:
                found.append(effect_from_document(item))
            except StageInvalidError as error:
                self.add(error.problems[0].code, error.message, pointer, hint=error.hint)
                faults += 1
                if faults >= MOST_OF_A_KIND:
                    break
        effects = effect_set(found)
        if problem := contradiction(effects):
            self.add(problem.code, problem.message, self.below(key), hint=problem.hint)
        return effects

    def properties(self) -> tuple[Mapping[str, Json], ...]:
        """The objects under ``properties``, as they are."""
        found: list[Mapping[str, Json]] = []
        for reader in self.objects("properties"):
            if isinstance(reader._document.get("kind"), str):  # noqa: SLF001 - of its own kind
                found.append(reader._document)  # noqa: SLF001
            else:
                message = "a property is an object with a text under kind"
                self.add("property-invalid", message, reader._pointer)  # noqa: SLF001
        return tuple(found)

    def examples(self) -> dict[str, Example]:
        """The examples under ``examples``, each at its pointer."""
        found: dict[str, Example] = {}
        for reader in self.objects("examples"):
            example = reader._example()  # noqa: SLF001 - of its own kind
            if example is not None:
                found[reader._pointer] = example  # noqa: SLF001
        return found

    def _example(self) -> Example | None:
        self.check_keys(("input", "output", "raises"), required=["input"])
        if ("output" in self) == ("raises" in self):
            message = "an example has either an output or what it raises"
            self.add("example-invalid", message, self._pointer)
            return None
        if "input" not in self:
            return None
        value = self._document["input"]
        if "output" in self:
            return Example(value, Returns(self._document["output"]))
        name = self.text("raises")
        if not EXCEPTION_NAME.fullmatch(name):
            message = f"{json.dumps(name[:60])} is no name of an exception"
            self.add("example-invalid", message, self.below("raises"))
        return Example(value, Raises(name))
