"""Faults of those who write graphs and stages; the others stand in ``fault``."""

from noether_nix import errors
from noether_nix.run.code import Mover, fault

AUTHOR_FAULTS = (
    # ------------------------------------------------------------------------ 3: graphs
    fault(
        errors.GraphSyntaxError,
        Mover.GRAPH,
        "A graph file is not JSON, or not of the shape of a graph.",
        "mend what the problems name; each has its line and its JSON Pointer",
    ),
    fault(
        errors.GraphInvalidError,
        Mover.GRAPH,
        "A graph names stages that are not known, or joins types that do not fit.",
        "mend what the problems name; noether graph check tells all of them at once",
    ),
    fault(
        errors.OperatorUnavailableError,
        Mover.GRAPH,
        "A graph uses an operator that this version checks and does not run.",
        "noether graph check says whether the graph fits together",
    ),
    fault(
        errors.UnknownNodeError,
        Mover.GRAPH,
        "A graph has no node of that name.",
        "noether graph show GRAPH prints the names: JSON Pointers such as /root/stages/1",
    ),
    # ------------------------------------------------------------------------ 4: stages
    fault(
        errors.StageInvalidError,
        Mover.STAGE,
        "A stage file breaks the contract.",
        "mend what the problems name; noether stage new writes a file that keeps it",
    ),
    fault(
        errors.EffectUndeclaredError,
        Mover.STAGE,
        "A stage's code shows an effect that the stage does not declare.",
        "do without it, declare it, or record that it does not hold with noether stage add "
        "--accept-effects FILE",
        about="Reading code can err: a place that never runs is seen all the same. What was "
        "accepted is kept with the stage's id, and noether stage show tells it.",
    ),
    fault(
        errors.TypeSyntaxError,
        Mover.STAGE,
        "A text or a JSON document is no type.",
        "types are written as in Record { name: Text, note?: List<Number> }",
    ),
    fault(
        errors.TypeUnsupportedError,
        Mover.STAGE,
        "A type has no values that could be checked.",
        "name the type that the values have",
    ),
    fault(
        errors.UnknownNameError,
        Mover.STAGE,
        "No stage has that name, id or beginning of an id, or several have it.",
        "noether stage list shows what is registered; a path begins with ./",
    ),
    fault(
        errors.NameTakenError,
        Mover.STAGE,
        "A name points to another stage already.",
        "give one of the two another name",
    ),
)
