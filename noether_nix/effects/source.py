"""Effects that can be seen in a stage's code, each with its reason, without running anything.

What is seen is there: a clock that is read, a file that is opened. What is not seen may still be
there, so this replaces no sandbox. Any Python that can be parsed has an answer.
"""

import ast
import contextlib
import warnings
from collections.abc import Iterable

from noether_nix.effects.arguments import (
    HOST_NAMES,
    argument_of,
    gives_seed,
    host_of,
    host_of_pair,
    is_none,
    shown,
    text_of,
    written_as,
)
from noether_nix.effects.clock_and_random import CLOCK_AND_RANDOM
from noether_nix.effects.files import files_of
from noether_nix.effects.reading import meanings
from noether_nix.effects.scopes import Known, Scope, walk
from noether_nix.effects.sources import ENVIRONS, IMPORTERS, LLM_CLIENTS, SOURCES, Source
from noether_nix.errors import StageInvalidError
from noether_nix.frozen import dataclass, field, replace
from noether_nix.stage.effect import Effect, EffectKind, make_effect
from noether_nix.stage.model import PYTHON, Stage


@dataclass(frozen=True, slots=True)
class Sight:
    """An effect that was seen in code.

    Attributes:
        effect: its kind, with a detail where the code says it; None where it does not.
        line: where, counted from 1.
        reason: the code that shows it, shortened: ``open("/etc/hosts")``.
        file: the helper in which it is; empty for the stage itself.
        sure: False for what only hints at an effect, as a ``raise``.
    """

    effect: Effect
    line: int
    reason: str
    file: str = ""
    sure: bool = True


def see_effects(stage: Stage) -> tuple[Sight, ...]:
    """What the code of a stage and of its helpers shows, in the order of the lines."""
    if stage.language != PYTHON:
        return ()
    own = frozenset(name.removesuffix(".py") for name, _ in stage.helpers)
    found = list(see_in_source(stage.source, own))
    for name, data in stage.helpers:
        found += (replace(sight, file=name) for sight in see_in_source(data, own))
    return tuple(found)


def see_in_source(source: bytes, own: frozenset[str] = frozenset()) -> tuple[Sight, ...]:
    """What one file shows; nothing where it is no Python.

    ``own`` are modules that are the stage's helpers, and nobody else's whatever their name.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    watcher = _Watcher(walk(tree), own)
    return watcher.sights()


@dataclass(slots=True)
class _Watcher:
    """Looks at every node of one file once."""

    nodes: list[tuple[ast.AST, Scope]]
    own: frozenset[str] = frozenset()
    _found: list[Sight] = field(default_factory=list)
    _handled: set[int] = field(default_factory=set)
    _seeds: bool = False
    _relative: list[tuple[Sight, str]] = field(default_factory=list)

    def sights(self) -> tuple[Sight, ...]:
        self._seeds = any(gives_seed(node) for node, _ in self.nodes)
        for node, scope in self.nodes:
            match node:
                case ast.Raise() | ast.Assert():
                    word = "raise" if isinstance(node, ast.Raise) else "assert"
                    self._see(EffectKind.FALLIBLE, node, word, sure=False)
                case ast.Call():
                    self._call(node, scope)
                case ast.Subscript():
                    self._subscript(node, scope)
                case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()], comparators=[right]):
                    if self._is_environ(right, scope):
                        self._variable(node, right, left)
                case ast.Import() | ast.ImportFrom():
                    self._import_statement(node)
                case ast.Name(ctx=ast.Load()) | ast.Attribute(ctx=ast.Load()):
                    self._mention(node, scope)
                case _:
                    pass
        self._judge_relative()
        once = dict.fromkeys(self._found)
        return tuple(sorted(once, key=lambda sight: sight.line))

    # ------------------------------------------------------------ what is seen

    def _see(
        self,
        kind: EffectKind,
        node: ast.AST,
        reason: str,
        detail: object = None,
        *,
        sure: bool = True,
    ) -> Sight:
        effect = Effect(kind)
        if detail is not None:
            # What no stage could declare counts as if it were not known.
            with contextlib.suppress(StageInvalidError):
                effect = make_effect(kind, detail)
        sight = Sight(effect, getattr(node, "lineno", 1), reason, sure=sure)
        self._found.append(sight)
        return sight

    def _mention(self, node: ast.Name | ast.Attribute, scope: Scope) -> None:
        """A name that stands there without being called, as ``map(os.remove, paths)``."""
        if id(node) in self._handled:
            return
        for one in meanings(node, scope):
            if not isinstance(one, Known):
                continue
            if one.name in ENVIRONS:
                self._see(EffectKind.ENV, node, written_as(node))
            elif one.name in SOURCES and not SOURCES[one.name].called:
                self._mention_source(node, SOURCES[one.name])
            elif one.name in CLOCK_AND_RANDOM and CLOCK_AND_RANDOM[one.name][1] in ("", "unseeded"):
                self._clock_or_random(one.name, node, ())
            else:
                continue
            if isinstance(node, ast.Attribute):
                self._handled.add(id(node.value))

    def _mention_source(self, node: ast.Name | ast.Attribute, source: Source) -> None:
        if source.evident:
            return
        for kind in source.kinds or (EffectKind.FS_READ,):
            self._see(kind, node, written_as(node))

    def _call(self, node: ast.Call, scope: Scope) -> None:
        self._handled.add(id(node.func))
        if isinstance(node.func, ast.Attribute) and self._is_environ(node.func.value, scope):
            self._environ_method(node, node.func)
            return
        for one in meanings(node.func, scope):
            if isinstance(one, Known):
                self._call_of(one.name, node, scope)

    def _call_of(self, name: str, node: ast.Call, scope: Scope) -> None:
        written = written_as(node.func, name)
        if name in SOURCES:
            self._source(node, SOURCES[name], written, scope)
        elif name in CLOCK_AND_RANDOM:
            self._clock_or_random(name, node, node.args, node.keywords)
        elif name in IMPORTERS:
            self._import(node, name)
        elif name in ("random.Random", "_random.Random") and not self._seeds:
            if not node.args or is_none(node.args[0]):
                self._see(EffectKind.RANDOM, node, f"{written}() without a seed")
        elif name == "random.SystemRandom":
            self._see(EffectKind.RANDOM, node, f"{written}(…)")
        elif name == "builtins.getattr":
            self._getattr(node, scope)

    def _getattr(self, node: ast.Call, scope: Scope) -> None:
        """What is taken of a module by a name that cannot be read may be anything in it."""
        if len(node.args) < 2 or isinstance(node.args[1], ast.Constant):
            return
        for one in meanings(node.args[0], scope):
            if isinstance(one, Known) and any(name.startswith(f"{one.name}.") for name in SOURCES):
                self._see(EffectKind.UNKNOWN, node, f"getattr({one.name}, …)")

    def _import(self, node: ast.Call, name: str) -> None:
        function = name.removeprefix("builtins.")
        if not (node.args and isinstance(node.args[0], ast.Constant)):
            self._see(EffectKind.UNKNOWN, node, f"{function}(…)")
        elif (module := text_of(node.args[0])) is not None:
            self._module(module, node, f"{function}({shown(module)})")

    def _import_statement(self, node: ast.Import | ast.ImportFrom) -> None:
        for one in node.names:
            if isinstance(node, ast.Import):
                self._module(one.name, node, f"import {one.name}")
            elif node.module and not node.level:
                reason = f"from {node.module} import {one.name}"
                self._module(f"{node.module}.{one.name}", node, reason)

    def _module(self, name: str, node: ast.AST, reason: str) -> None:
        """A client library of language models, of which nothing but its name is known here."""
        steps = name.split(".")
        prefixes = {".".join(steps[:count]) for count in (1, 2)}
        if prefixes & LLM_CLIENTS and steps[0] not in self.own:
            self._see(EffectKind.LLM, node, reason)

    # ------------------------------------------------------------ variables

    def _is_environ(self, node: ast.expr, scope: Scope) -> bool:
        if not isinstance(node, ast.Name | ast.Attribute):
            return False
        found = meanings(node, scope)
        return any(isinstance(one, Known) and one.name in ENVIRONS for one in found)

    def _subscript(self, node: ast.Subscript, scope: Scope) -> None:
        if not self._is_environ(node.value, scope):
            return
        if isinstance(node.ctx, ast.Load):
            self._variable(node, node.value, node.slice)
        else:
            self._handled.add(id(node.value))  # setting one tells nothing

    def _variable(self, node: ast.AST, environ: ast.expr, key: ast.expr) -> None:
        self._handled.add(id(environ))
        name = text_of(key)
        reason = f"{written_as(environ)}[{shown(name)}]"
        self._see(EffectKind.ENV, node, reason, None if name is None else [name])

    def _environ_method(self, node: ast.Call, function: ast.Attribute) -> None:
        self._handled.add(id(function.value))
        if function.attr in ("update", "clear"):
            return
        name = text_of(node.args[0]) if node.args else None
        reason = f"{written_as(function)}({shown(name)})"
        self._see(EffectKind.ENV, node, reason, None if name is None else [name])

    # ------------------------------------------------------------ clock and chance

    def _clock_or_random(
        self,
        name: str,
        node: ast.AST,
        arguments: Iterable[ast.expr],
        keywords: Iterable[ast.keyword] = (),
    ) -> None:
        effect, when = CLOCK_AND_RANDOM[name]
        given, named = list(arguments), {word.arg: word.value for word in keywords}
        starred = None in named or any(isinstance(one, ast.Starred) for one in given)
        rule, _, words = when.partition(" ")
        if rule == "unseeded" and self._seeds:
            return
        if rule == "without":
            places = words.split("|")
            one = next((named[word] for word in places if word in named), None)
            numbers = [int(word) for word in places if word.isdigit()]
            one = next((given[number] for number in numbers if number < len(given)), one)
            if starred or (one is not None and not is_none(one)):
                return
        if rule == "only" and (len(given) != 1 or written_as(given[0]) not in words.split("|")):
            return
        call = (
            f"{written_as(node.func, name)}(…)" if isinstance(node, ast.Call) else written_as(node)
        )
        self._see(EffectKind(effect), node, call)

    # ------------------------------------------------------------ everything else

    def _source(self, node: ast.Call, source: Source, written: str, scope: Scope) -> None:
        if source.path is not None:
            for seen in files_of(node, source, written, scope):
                sight = self._see(seen.kind, node, seen.reason, seen.path)
                if seen.relative is not None:
                    self._relative.append((sight, seen.relative))
            return
        known: str | None = None
        if source.host is not None:
            argument = argument_of(node, source.host, HOST_NAMES)
            known = host_of(meanings(argument, scope)) or host_of_pair(argument)
        elif source.name is not None:
            known = text_of(argument_of(node, source.name, ("key",)))
        for kind in source.kinds:
            self._see(kind, node, f"{written}({shown(known)})", None if known is None else [known])

    def _judge_relative(self) -> None:
        """A file in the call's own folder that the code both writes and reads is its own."""
        names: dict[EffectKind, set[str]] = {}
        for sight, name in self._relative:
            names.setdefault(sight.effect.kind, set()).add(name)
        both = names.get(EffectKind.FS_READ, set()) & names.get(EffectKind.FS_WRITE, set())
        own = {sight for sight, name in self._relative if name in both or name == "."}
        self._found = [sight for sight in self._found if sight not in own]
