"""Problems: what can be wrong with a graph or a stage, each a part of a fault that names all."""

from collections.abc import Mapping

from noether_nix.run.code import Code, Mover

_OF_GRAPHS = {
    "accumulator-grows": "What a Reduce gathers is of another type with every item.",
    "config-refused": "A node's config cannot be given to its stage.",
    "duplicate-key": "A key stands twice in one object.",
    "empty-node": "A node has nothing in it that it could run.",
    "file-invalid": "A file that a Const names holds no value.",
    "effect-pollution": "A value that chance has a part in is written after a Pure stage.",
    "effect-unsupported": "A stage has an effect, and nothing here runs such a stage yet.",
    "hash-differs": "A file is not the one whose SHA-256 the graph names.",
    "import-cycle": "A graph imports itself, at once or by way of others.",
    "invalid-path": "What names a file of a graph is no path relative to the graph.",
    "invalid-reference": "A node's id is none of the forms in which a stage can be named.",
    "invalid-type": "What stands where a type belongs is none.",
    "invalid-url": "What stands where an address belongs is none.",
    "missing-field": "A Project picks a field that what it is given does not have.",
    "missing-key": "A key that has to be there is not.",
    "name-of-item": "A branch or a binding is named as an item of a Map is: `rows#1`.",
    "no-items": "What Map, Filter or Reduce is given has no items that are all of one type.",
    "no-object": "A Project picks a field of what is no object.",
    "optional-field": "A Project picks a field that may be absent, and says nothing for that.",
    "out-of-range": "A number is larger or smaller than it may be.",
    "placeholder-reference": "A placeholder stands for a stage: it is taken as the name in it.",
    "predicate-not-boolean": "What decides gives something else than true or false.",
    "too-deep": "Nodes or values are nested deeper than is allowed.",
    "too-intricate": "Nodes are nested so that checking them would take for ever.",
    "too-large": "A graph and the files that it is made of are larger together than they may be.",
    "two-ways": "A node says the same thing in two ways.",
    "type-mismatch": "What one node gives, or a config holds, is not what another one takes.",
    "unchecked": "Any is given where something is expected: it shows only when it runs.",
    "unknown-field": "A config has a field that its stage does not take.",
    "unknown-key": "A key means nothing here; comments begin with an underscore.",
    "unknown-mode": "A Reduce has a mode that there is not.",
    "unknown-operator": "A node's op is no operator.",
    "unknown-pinning": "A node's pinning is neither signature nor both.",
    "unplaced-input": "It cannot be told into which field of a stage the input is to go.",
    "wrong-kind": "A value in the graph file is of another kind than its key asks for.",
}
_OF_STAGES = {
    "annotation-mismatch": "The docstring and the annotations of execute say different types.",
    "annotation-unknown": "An annotation of execute is of no type that a value can have.",
    "blank-line-missing": "No blank line stands between the description and the sections.",
    "contract-missing": "The file does not begin with a docstring that states its contract.",
    "description-missing": "The docstring does not begin with a description.",
    "docstring-escapes": "Escapes in the docstring change its lines, or make what is no text.",
    "effect-invalid": "An effect is not written as one.",
    "effect-unknown": "There is no effect of that name.",
    "effects-contradict": "The effects cannot all be true, as Pure beside another one.",
    "effects-missing": "No effect is named; Pure is written out.",
    "example-invalid": "An example is not written as one.",
    "example-broken": "A call with the input of an example does something else than it says.",
    "example-mismatch": "An example's value is not of the stage's type.",
    "execute-arguments": "The function execute does not take exactly one required argument.",
    "execute-async": "The function execute is async, and nothing awaits it.",
    "execute-generator": "The function execute yields, so that it gives no value.",
    "execute-missing": "There is no function execute.",
    "helper-missing": "A helper is named that is not beside the stage.",
    "helpers-invalid": "The helpers are not the names or texts of Python files.",
    "id-mismatch": "The id that is written down is not that of what stands beside it.",
    "import-relative": "A relative import finds nothing: a stage is no part of a package.",
    "import-undeclared": "An import is neither of the standard library nor named under Helpers.",
    "input-missing": "Neither a section nor the annotations of execute say what it takes.",
    "json-invalid": "A JSON document of a stage is no JSON.",
    "key-invalid": "The value of a key is not one that it can have.",
    "key-missing": "A key that has to be there is not.",
    "key-unknown": "A key means nothing here.",
    "language-twice": "The language is named twice, and differently.",
    "language-unknown": "Stages cannot be written in that language.",
    "limits-invalid": "A limit is unknown, or its amount means nothing.",
    "main-block": "A stage has a main block, which never runs: the file is loaded as a module.",
    "name-invalid": "A name has other characters than small letters, digits and underscores.",
    "not-utf-8": "The file is not UTF-8, or declares another encoding.",
    "output-missing": "Neither a section nor the annotations of execute say what it gives.",
    "property-impossible": "By the types of the stage a property can never hold.",
    "property-invalid": "A property is not written as one.",
    "property-path": "A property speaks of a place that the types of the stage do not have.",
    "property-violated": "A property does not hold for an example of its stage.",
    "section-twice": "A section stands twice in a docstring.",
    "section-unknown": "A word that looks like a section is none.",
    "source-too-large": "The source is larger than a stage may be.",
    "standard-input": "The stage reads standard input, and there is none.",
    "syntax-invalid": "The file is no Python.",
    "text-misplaced": "A line of the docstring belongs to no section.",
    "type-invalid": "A type is not written as one.",
}


def _problems(sentences: Mapping[str, str], mover: Mover) -> dict[str, Code]:
    return {
        name: Code(name, "problem", mover, None, sentence) for name, sentence in sentences.items()
    }


PROBLEMS: Mapping[str, Code] = {
    **_problems(_OF_GRAPHS, Mover.GRAPH),
    **_problems(_OF_STAGES, Mover.STAGE),
}
"""By name; each knows its place, and what to write instead, where it is told."""
