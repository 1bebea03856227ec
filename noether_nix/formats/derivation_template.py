"""The fast way from an input value to its key: a derivation with one input source left open."""

from bisect import bisect_left
from hashlib import sha256

from noether_nix.errors import FormatError
from noether_nix.formats.aterm import to_bytes
from noether_nix.formats.derivation import Derivation, derivation_text
from noether_nix.formats.store_path import StorePath, check_name, store_digest
from noether_nix.frozen import replace

# No derivation holds a NUL, so NUL can mark in its text what is left open.
_GAP = "\0"


class DerivationTemplate:
    """A resolved derivation with one open input source, which is also the value of one variable.

    For a fixed stage and toolchain only the input differs from call to call, so everything else
    is written once, when this is made. :meth:`key` then gives in about ten microseconds the
    paths that :meth:`fill` gives in a hundred.
    """

    def __init__(self, derivation: Derivation, variable: str) -> None:
        """Prepare ``derivation``, which has everything but the open source and ``variable``.

        Raises:
            FormatError: it has input derivations, another output than ``out``, a promised
                content or that variable; or it cannot be written.
        """
        promises = {name: output.fixed for name, output in derivation.outputs.items()}
        known = variable in derivation.environment
        if derivation.input_derivations or known or promises != {"out": None}:
            raise FormatError(
                f"derivation {derivation.name!r} is no template for variable {variable!r}: it has"
                " input derivations, other outputs, a promised content or that variable already"
            )
        to_bytes(variable)
        derivation.render()
        self._derivation = derivation
        self._variable = variable
        self._names = (check_name(derivation.name), check_name(derivation.name + ".drv"))
        self._output_first = variable.encode("utf-8", "surrogateescape") > b"out"
        self._sources = sorted({str(path) for path in derivation.input_sources})
        self._write_all_but_the_gaps()

    def _write_all_but_the_gaps(self) -> None:
        text = replace(
            derivation_text(self._derivation, {}, masked=True),
            outputs=[("out", _GAP, "", "")],
            sources=[_GAP],
            environment={**self._derivation.environment, self._variable: _GAP, "out": _GAP},
        ).render()
        head, before, after, middle, tail = text.split(_GAP)
        self._head, self._middle, self._tail = to_bytes(head), to_bytes(middle), to_bytes(tail)
        # The open source may belong at any place among the others: one entry for each.
        self._around = []
        self._references = []
        for place in range(len(self._sources) + 1):
            first, last = self._sources[:place], self._sources[place:]
            left = before + "".join(f'{source}","' for source in first)
            right = "".join(f'","{source}' for source in last) + after
            self._around.append((to_bytes(left), to_bytes(right)))
            references = "text:" + "".join(f"{source}:" for source in first)
            self._references.append((references, "".join(f":{source}" for source in last)))

    def fill(self, path: StorePath) -> Derivation:
        """The whole derivation with ``path`` as the open source, made the long way."""
        base = self._derivation
        return replace(
            base,
            input_sources=tuple(sorted({*base.input_sources, path})),
            environment={**base.environment, self._variable: str(path)},
        ).with_paths({})

    def key(self, path: StorePath) -> tuple[StorePath, StorePath, str]:
        """The derivation with ``path`` as the open source, by its names.

        Returns:
            The path of the ``.drv`` file, the path of the output, and the SHA-256 (hex) of the
            derivation's text.
        """
        text = str(path)
        place = rest = bisect_left(self._sources, text)
        if place < len(self._sources) and self._sources[place] == text:
            rest = place + 1
        name, drv_name = self._names
        masked = sha256(self._join(text, "", place, rest)).hexdigest()
        output = StorePath(store_digest("output:out", masked, name), name)
        content = sha256(self._join(text, str(output), place, rest)).hexdigest()
        kind = self._references[place][0] + text + self._references[rest][1]
        return StorePath(store_digest(kind, content, drv_name), drv_name), output, content

    def _join(self, path: str, output: str, place: int, rest: int) -> bytes:
        given, made = path.encode(), output.encode()
        first, second = (made, given) if self._output_first else (given, made)
        left, right = self._around[place][0], self._around[rest][1]
        parts = (self._head, made, left, given, right, first, self._middle, second, self._tail)
        return b"".join(parts)
