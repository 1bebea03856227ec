"""How expressions become documents of linear size.

:func:`write_expressions` puts what is used more than once into a table, so that no document is
larger than the graph it came from. The documents and their meaning are those of
:mod:`noether_nix.inside.dataflow`.
"""

from collections.abc import Mapping, Sequence

from noether_nix.graph.expression import (
    Assembled,
    Chosen,
    Collected,
    Configured,
    Constant,
    Expression,
    ExpressionDocument,
    Input,
    Listed,
    Output,
    Overlaid,
    Part,
    Picked,
    Remote,
    Selected,
    in_order,
    parts,
)

# So that a plan, which holds expressions, stays far from the depth that values may have.
_MAX_INLINE_LEVELS = 12


def write_expressions(
    roots: Sequence[Expression], calls: Mapping[int, int], eaches: Mapping[int, int]
) -> tuple[tuple[ExpressionDocument, ...], tuple[ExpressionDocument, ...]]:
    """The table of shared expressions, and the documents of ``roots``, which refer to it.

    ``calls`` and ``eaches`` give each of them the index that it has in the documents.
    """
    order, uses = in_order(roots)
    writer = _Writer(uses, calls, eaches)
    for expression in order:
        writer.add(expression)
    return tuple(writer.shared), tuple(writer.reference(root) for root in roots)


class _Writer:
    """Documents so far, by the identity of their expression, with their depth."""

    def __init__(
        self, uses: Mapping[int, int], calls: Mapping[int, int], eaches: Mapping[int, int]
    ) -> None:
        self.shared: list[ExpressionDocument] = []
        self._uses = uses
        self._calls = calls
        self._eaches = eaches
        self._written: dict[int, tuple[ExpressionDocument, int]] = {}

    def reference(self, expression: Expression) -> ExpressionDocument:
        return self._written[id(expression)][0]

    def add(self, expression: Expression) -> None:
        inner = max((self._written[id(one)][1] for one in parts(expression)), default=0)
        document, levels = self._document(expression), inner + 1
        if (
            self._uses[id(expression)] > 1 and not _is_small(expression)
        ) or levels > _MAX_INLINE_LEVELS:
            self.shared.append(document)
            document, levels = {"let": len(self.shared) - 1}, 1
        self._written[id(expression)] = document, levels

    def _document(self, expression: Expression) -> ExpressionDocument:
        match expression:
            case Input():
                return {"input": None}
            case Constant(value):
                return {"const": value}
            case Output(call):
                return {"call": self._calls[call]}
            case Assembled(fields):
                return {"object": [[name, self.reference(one)] for name, one in fields.items()]}
            case Selected(name, source):
                return {"field": [name, self.reference(source)]}
            case Overlaid(under, over):
                return {"overlay": [self.reference(under), self.reference(over)]}
            case Configured(source, config, field):
                return {"config": [self.reference(source), dict(config), field]}
            case _:
                return self._further(expression)

    def _further(
        self, expression: Listed | Picked | Part | Chosen | Collected | Remote
    ) -> ExpressionDocument:
        match expression:
            case Listed(items):
                return {"list": [self.reference(one) for one in items]}
            case Picked(path, source, ()):
                return {"pick": [list(path), self.reference(source)]}
            case Picked(path, source, default):
                return {"default": [list(path), self.reference(source), default[0]]}
            case Part(name, source):
                return {"part": [name, self.reference(source)]}
            case Chosen(predicate, if_true, if_false):
                return {"branch": [*map(self.reference, (predicate, if_true, if_false))]}
            case Collected(each):
                return {"each": self._eaches[each]}
            case Remote(pointer, source):
                return {"remote": [pointer, self.reference(source)]}


def _is_small(expression: Expression) -> bool:
    match expression:
        case Input() | Output() | Collected():
            return True
        case Constant(value):
            return value is None or isinstance(value, bool | float)
        case _:
            return False
