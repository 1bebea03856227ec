"""Derivations as values: their text, their paths, and the hash that others know them by.

Nothing here starts Nix. The rules are those of Nix 2.8.0 and later (design 2); a test holds them
against the real one. Structured attributes and the experimental kinds of derivation
(content-addressed, impure, dynamic) have no paths here.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Self

from noether_nix.errors import FormatError
from noether_nix.formats import aterm, store_path
from noether_nix.formats.derivation_output import (
    FixedOutput,
    Output,
    check_outputs,
    complete_variables,
    output_name,
)
from noether_nix.formats.digest import Digest
from noether_nix.formats.store_path import StorePath
from noether_nix.frozen import dataclass, replace


@dataclass(frozen=True, slots=True)
class Derivation:
    """What one ``.drv`` file says; :meth:`make` and :meth:`parse` give it its paths.

    Attributes:
        outputs: every output under its name.
        input_derivations: the derivations built before this one, with the outputs it uses.
        input_sources: the store paths that must be there already.
        environment: the builder's variables, the paths of the outputs among them.
    """

    outputs: Mapping[str, Output]
    input_derivations: Mapping[StorePath, Collection[str]]
    input_sources: Collection[StorePath]
    system: str
    builder: str
    arguments: Sequence[str]
    environment: Mapping[str, str]

    @classmethod
    def make(
        cls,
        *,
        name: str,
        system: str,
        builder: str,
        arguments: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        input_sources: Iterable[StorePath] = (),
        input_derivations: Mapping[StorePath, Collection[str]] | None = None,
        input_hashes: Mapping[StorePath, Digest] | None = None,
        outputs: Sequence[str] = ("out",),
        fixed: FixedOutput | None = None,
    ) -> Self:
        """Do what ``builtins.derivation`` does: complete the environment, name the outputs.

        ``name``, ``system``, ``builder``, ``outputs`` (when they are not just ``out``) and, for a
        fixed output, ``outputHash`` with its companions become variables. Who spells the promise
        otherwise than in hex puts ``outputHash`` and companions into ``environment`` himself.

        Args:
            name: the name of the derivation, without ``.drv``.
            system: the system that can build it.
            builder: the program that builds it.
            arguments: the program's arguments.
            environment: further variables; a path named there must be among the inputs too.
            input_sources: see the attributes.
            input_derivations: see the attributes.
            input_hashes: :func:`hash_modulo` of every input derivation.
            outputs: the names of the outputs, in the author's order.
            fixed: the promise about the only output, if there is one.

        Raises:
            FormatError: a name is not allowed, a text cannot be written, or the parts contradict
                each other.
        """
        given = {"name": name, "system": system, "builder": builder}
        if tuple(outputs) != ("out",):
            given["outputs"] = " ".join(outputs)
        variables = complete_variables(environment or {}, given, fixed)
        check_outputs(name, outputs, variables, fixed)
        return cls(
            {output: Output(None, fixed) for output in outputs},
            {path: tuple(sorted(set(used))) for path, used in (input_derivations or {}).items()},
            tuple(sorted(set(input_sources))),
            system,
            builder,
            tuple(arguments),
            variables | dict.fromkeys(outputs, ""),
        ).with_paths(input_hashes or {})

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a ``.drv`` file; only text that :meth:`render` would write is accepted.

        Raises:
            FormatError: ``data`` is no derivation, or not in the one form in which Nix writes it.
        """
        text = aterm.parse_derivation(data)
        derivation = cls(
            {name: Output.parse(*texts) for name, *texts in text.outputs},
            {StorePath.parse(path): names for path, names in text.inputs.items()},
            tuple(map(StorePath.parse, text.sources)),
            text.system,
            text.builder,
            tuple(text.arguments),
            text.environment,
        )
        if derivation.render() != data:
            raise FormatError("not a derivation in Nix's form: parts are repeated or unsorted")
        return derivation

    def render(self) -> bytes:
        """The bytes of the ``.drv`` file.

        Raises:
            FormatError: a text holds what Nix's strings cannot.
        """
        inputs = {str(path): names for path, names in self.input_derivations.items()}
        return aterm.to_bytes(derivation_text(self, inputs, masked=False).render())

    def with_paths(self, input_hashes: Mapping[StorePath, Digest]) -> Self:
        """The same derivation with the path of every output, in ``environment`` too.

        Raises:
            FormatError: the hash of an input is missing, or a text cannot be written.
        """
        name = self.name
        masked = None
        outputs: dict[str, Output] = {}
        for output, promised in self.outputs.items():
            if (fixed := promised.fixed) is not None:
                path = store_path.fixed_output_path(
                    name, fixed.digest.algorithm, fixed.digest.raw, recursive=fixed.recursive
                )
            else:
                masked = masked or _hash(self, input_hashes, masked=True)
                kind, full_name = f"output:{output}", output_name(name, output)
                path = store_path.make_store_path(kind, masked.raw, full_name)
            outputs[output] = replace(promised, path=path)
        paths = {output: str(value.path) for output, value in outputs.items()}
        return replace(self, outputs=outputs, environment={**self.environment, **paths})

    @property
    def name(self) -> str:
        """The name, which only the environment knows.

        Raises:
            FormatError: the environment has none, as with structured attributes.
        """
        if "name" not in self.environment:
            raise FormatError("a derivation without the variable 'name' has no name known here")
        return self.environment["name"]


def drv_path(derivation: Derivation) -> StorePath:
    """The store path of the derivation's own file: for a call, its key.

    Raises:
        FormatError: the derivation has no usable name or cannot be written.
    """
    references = [*derivation.input_sources, *derivation.input_derivations]
    return store_path.text_path(derivation.name + ".drv", derivation.render(), references)


def hash_modulo(derivation: Derivation, input_hashes: Mapping[StorePath, Digest]) -> Digest:
    """The hash by which derivations that use this one take it into their own output paths.

    Derivations that differ only in how a fixed output comes about, near or far below them, have
    the same one.

    Args:
        derivation: with the paths of its outputs.
        input_hashes: the same hash of every input derivation.

    Raises:
        FormatError: the hash of an input is missing, or an output has no path.
    """
    for name, output in derivation.outputs.items():
        if output.path is None:
            raise FormatError(f"output {name!r} of derivation {derivation.name!r} has no path")
        if output.fixed is not None:
            text = f"fixed:out:{output.fixed.method}:{output.fixed.digest.hex}:{output.path}"
            return Digest.of(text.encode())
    return _hash(derivation, input_hashes, masked=False)


def _hash(
    derivation: Derivation, input_hashes: Mapping[StorePath, Digest], *, masked: bool
) -> Digest:
    inputs: dict[str, set[str]] = {}
    for path, names in derivation.input_derivations.items():
        if path not in input_hashes:
            raise FormatError(f"the hash of the input derivation {path} is not known")
        inputs.setdefault(input_hashes[path].hex, set()).update(names)
    return Digest.of(aterm.to_bytes(derivation_text(derivation, inputs, masked=masked).render()))


def derivation_text(
    derivation: Derivation, inputs: Mapping[str, Collection[str]], *, masked: bool
) -> aterm.DerivationText:
    """The parts as text, with ``inputs`` in place of the input derivations.

    Args:
        derivation: what is to be written.
        inputs: paths of input derivations, or their hashes, with the outputs used.
        masked: leave out the paths of the outputs, because they are about to be made.
    """
    outputs = []
    for name, output in derivation.outputs.items():
        path, method, digest = output.texts()
        outputs.append((name, "" if masked else path, method, digest))
    hidden = dict.fromkeys(derivation.outputs, "") if masked else {}
    return aterm.DerivationText(
        outputs,
        inputs,
        map(str, derivation.input_sources),
        derivation.system,
        derivation.builder,
        derivation.arguments,
        {**derivation.environment, **hidden},
    )
