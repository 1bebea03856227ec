"""Texts that are types although nobody prints them so, and refusals."""

import pytest

from noether_nix.errors import TypeSyntaxError
from noether_nix.types.model import MAX_TYPE_DEPTH, TEXT, VarType, union
from noether_nix.types.text import parse_type, parse_type_prefix, render_type


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        pytest.param("{}", "Record {}", id="record without its word"),
        pytest.param("{b:Text,a ? :Number}", "Record { a?: Number, b: Text }", id="no spaces"),
        pytest.param(
            "Record{\n  a: Text,\n\tb: Text\n}", "Record { a: Text, b: Text }", id="lines"
        ),
        pytest.param('{"a":Text,"b c"?:Text}', 'Record { a: Text, "b c"?: Text }', id="quoted"),
        pytest.param('{"\\u0061": Text}', "Record { a: Text }", id="an escaped name"),
        pytest.param("{Text: Text, _1: Any}", "Record { Text: Text, _1: Any }", id="odd names"),
        pytest.param("{...<R>}", "Record { ...<R> }", id="only the rest"),
        pytest.param("((Text))", "Text", id="brackets"),
        pytest.param("Text | (Null | Text)", "Null | Text", id="a union in brackets"),
        pytest.param("Text&NonEmpty|Null", "Null | Text & NonEmpty", id="& binds tighter"),
        pytest.param("(Text|Null)&NonEmpty", "(Null | Text) & NonEmpty", id="unless bracketed"),
        pytest.param("Number & Range( 0 .. )", "Number & Range(0..)", id="no upper bound"),
        pytest.param("Number & Range(0..=1e2)", "Number & Range(0..=100)", id="an exponent"),
        pytest.param("Number & Range(.. )", "Number & Range(..)", id="no bounds"),
        pytest.param('Text & OneOf [ "a" , "b" ]', 'Text & OneOf["a", "b"]', id="spaced options"),
        pytest.param('Text & OneOf["]"]', 'Text & OneOf["]"]', id="a bracket in an option"),
        pytest.param("Map<Text,List<<T>>>", "Map<Text, List<<T>>>", id="brackets side by side"),
    ],
)
def test_other_spellings_give_the_same_type(text: str, printed: str) -> None:
    assert render_type(parse_type(text)) == printed


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        pytest.param("", "column 1: a type is expected, but the text ends", "", id="nothing"),
        pytest.param(
            "Text Text",
            "column 6: the end of the type is expected, but 'Text' stands there",
            "",
            id="two types",
        ),
        pytest.param("String", "column 1: 'String' is no type", "did you mean Text?", id="String"),
        pytest.param("List<int>", "column 6: 'int' is no type", "did you mean Number?", id="int"),
        pytest.param("text", "column 1: 'text' is no type", "did you mean Text?", id="case"),
        pytest.param("Nmber", "column 1: 'Nmber' is no type", "did you mean Number?", id="a slip"),
        pytest.param(
            "Xyzzy",
            "column 1: 'Xyzzy' is no type",
            "known are Any, Bool, Bytes, Null, Number, Text, VNode, List, Map, Record, Stream",
            id="no idea",
        ),
        pytest.param(
            "Text\n  | { a: Txt }",
            "line 2, column 10: 'Txt' is no type",
            "did you mean Text?",
            id="the second line",
        ),
        pytest.param(
            "List",
            "column 5: '<' is expected, but the text ends",
            "write it like List<Text>",
            id="no item",
        ),
        pytest.param("List<Text", "column 10: '>' is expected, but the text ends", "", id="open"),
        pytest.param(
            "Map<Text>",
            "column 9: ',' is expected, but '>' stands there",
            "write it like Map<Text, Number>",
            id="half a map",
        ),
        pytest.param(
            "Record",
            "column 7: '{' is expected, but the text ends",
            "a record is written { name: Text }",
            id="no fields",
        ),
        pytest.param(
            "{ a Text }",
            "column 5: ':' or '?' is expected, but 'Text }' stands there",
            "write a: Text",
            id="no colon",
        ),
        pytest.param(
            "{ a? Text }",
            "column 6: ':' is expected, but 'Text }' stands there",
            "write a?: Text",
            id="no colon after a question mark",
        ),
        pytest.param(
            "{ a: Text b: Text }",
            "column 11: ',' or '}' is expected, but 'b: Text }' stands there",
            "",
            id="no comma",
        ),
        pytest.param(
            "{ a: Text, }",
            "column 12: the name of a field is expected, but '}' stands there",
            "take the comma before it out",
            id="a comma too many",
        ),
        pytest.param(
            "{ a: Text, a: Text }", "column 12: the field 'a' stands twice", "", id="a field twice"
        ),
        pytest.param(
            '{ a: Text, "a": Text }',
            "column 12: the field 'a' stands twice",
            "",
            id="a field twice, once quoted",
        ),
        pytest.param(
            '{ "\\ud800": Text }',
            "column 3: a lone surrogate is no text",
            "",
            id="a lone surrogate",
        ),
        pytest.param(
            "{ é: Text }",
            "column 3: the name of a field is expected, but 'é: Text }' stands there",
            "",
            id="a name that needs quotes",
        ),
        pytest.param(
            "{ ...<R>, a: Text }",
            "column 9: nothing follows the rest of a record",
            "",
            id="fields after the rest",
        ),
        pytest.param(
            "<T", "column 3: '>' is expected, but the text ends", "", id="an open variable"
        ),
        pytest.param(
            "<>",
            "column 2: the name of a variable is expected, but '>' stands there",
            "",
            id="no variable",
        ),
        pytest.param(
            "Text & ",
            "column 8: a refinement is expected, but the text ends",
            "",
            id="no refinement",
        ),
        pytest.param(
            "Text & Nonempty",
            "column 8: 'Nonempty' is no refinement",
            "did you mean NonEmpty?",
            id="a refinement misspelt",
        ),
        pytest.param(
            "Range(0..)",
            "column 1: 'Range' is no type",
            "a refinement follows a type and '&': Number & Range",
            id="a refinement alone",
        ),
        pytest.param(
            "Number & Range(0..9)",
            "column 10: the upper bound is inclusive",
            "write it after '..='",
            id="an exclusive bound",
        ),
        pytest.param(
            "Number & Range(9..=0)", "column 10: no number is between 9 and 0", "", id="no number"
        ),
        pytest.param(
            "Number & Range(0..=)",
            "column 20: a number is expected, but ')' stands there",
            "",
            id="no bound after =",
        ),
        pytest.param(
            "Number & Range(1e400..)", "column 16: 1e400 is larger than any float", "", id="1e400"
        ),
        pytest.param(
            "Text & OneOf", "column 13: '[' is expected, but the text ends", "", id="no options"
        ),
        pytest.param(
            "Text & OneOf['a']",
            "column 8: the options of OneOf are a list in JSON",
            "",
            id="options in Python",
        ),
        pytest.param(
            "Text & OneOf[]", "column 8: OneOf has at least one option", "", id="not one option"
        ),
        pytest.param(
            'Any & OneOf[{"a": 1, "a": 2}]',
            'column 12: the key "a" stands twice in one object',
            "",
            id="an option with a key twice",
        ),
    ],
)
def test_what_is_no_type_is_refused_with_what_was_expected(
    text: str, message: str, hint: str
) -> None:
    with pytest.raises(TypeSyntaxError) as caught:
        parse_type(text)

    assert caught.value.message == message
    assert caught.value.hint == hint


def test_the_position_of_a_fault_counts_characters() -> None:
    with pytest.raises(TypeSyntaxError) as caught:
        parse_type("Text\n| Txt")

    assert caught.value.position == len("Text\n| ")


def test_a_prefix_is_the_longest_type_there_is() -> None:
    text = "Input:  Text |\n  <T>\n\nEffects: [Pure]"

    whole, end = parse_type_prefix(text, len("Input:"))

    assert whole == union(TEXT, VarType("T"))
    assert text[end:] == "\n\nEffects: [Pure]"


def test_the_place_of_a_fault_in_a_prefix_is_in_the_whole_text() -> None:
    with pytest.raises(TypeSyntaxError, match="line 2, column 9") as caught:
        parse_type_prefix("Say it.\nOutput: Txt", len("Say it.\nOutput:"))

    assert caught.value.position == len("Say it.\nOutput: ")


MANY = 100_000


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("List<" * MANY, id="open lists"),
        pytest.param("(" * MANY, id="open brackets"),
        pytest.param("{a:" * MANY, id="open records"),
        pytest.param("Text" + "&NonEmpty" * MANY, id="refinements"),
        pytest.param("List<Null|" * MANY, id="unions in lists"),
        pytest.param(
            "{a:(" * 30 + "Text" + "&NonEmpty&OneOf[1])}" * 30, id="refined on every level"
        ),
        pytest.param("List<" * MAX_TYPE_DEPTH + "Text" + ">" * MAX_TYPE_DEPTH, id="one too many"),
        pytest.param("Any&OneOf[" + "[" * MANY, id="open options"),
    ],
)
def test_nesting_is_bounded_so_that_nothing_runs_out_of_stack(text: str) -> None:
    with pytest.raises(TypeSyntaxError, match=r"nested deeper than 64 levels|list in JSON"):
        parse_type(text)


def test_a_record_of_many_refined_fields_is_not_deep() -> None:
    text = "{" + ", ".join(f"f{i}: Text & NonEmpty" for i in range(500)) + "}"

    whole = parse_type(text)

    assert parse_type(render_type(whole)) == whole


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        pytest.param("[Text]", "List<Text>", id="a list of Haskell"),
        pytest.param("List[Text]", "List<Text>", id="a list of Python"),
        pytest.param("Map[Text, Number]", "Map<Text, Number>", id="a map in brackets"),
        pytest.param("Map<Text>", "Map<Text, Number>", id="a map of one"),
        pytest.param("{ a: Text, }", "take the comma", id="a comma too many"),
        pytest.param("{ a Text }", "a: Text", id="no colon"),
        pytest.param("Text?", "Text | Null", id="a question mark"),
        pytest.param("Optional[Text]", "Text | Null", id="an optional of Python"),
        pytest.param("Number Range(0..1)", "&", id="no ampersand"),
        pytest.param("Record<a: Text>", "{ name: Text }", id="a record in angle brackets"),
        pytest.param("date", "Text", id="a date"),
    ],
)
def test_what_is_written_so_elsewhere_is_told_how_to_write_it_here(text: str, hint: str) -> None:
    with pytest.raises(TypeSyntaxError) as caught:
        parse_type(text)

    assert hint in caught.value.hint
