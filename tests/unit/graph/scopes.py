"""Graphs in which names hide names: Lets within each other, in bodies, and used after they end."""

from hypothesis import strategies as st

from tests.unit.graph.graphs import (
    LEAVES,
    STAGES,
    Document,
    branch,
    call,
    const,
    fanout,
    filtered,
    let,
    mapped,
    merge,
    reduced,
    retry,
    sequential,
)

# Two names, so that most Lets within a Let hide something.
LOCAL = st.sampled_from(["a", "b"])
ITEMS = st.lists(st.integers(0, 3), max_size=3).map(const)


def get(name: str) -> Document:
    """A Project that gives what the name stands for, null where it stands for nothing."""
    return {"op": "Project", "from": name, "default": None}


def bind(name: str, value: Document, body: Document) -> Document:
    return let(body, **{name: value})


def bind_twice(name: str, outer: Document, inner: Document, body: Document) -> Document:
    return bind(
        name, outer, bind(name, inner, fanout(get(name), body, {"op": "Project", "from": []}))
    )


def beside(one: Document, other: Document) -> Document:
    # Not in the order of their names, in which they are walked.
    return {"op": "Parallel", "branches": {"q": other, "p": one}}


def _larger(inner: st.SearchStrategy[Document]) -> st.SearchStrategy[Document]:
    """Of few forms, all of which have to do with names."""
    small = st.one_of(LOCAL.map(get), STAGES.map(call))
    body = st.one_of(inner, LOCAL.map(get))
    bound = st.builds(bind, LOCAL, small | inner, body)
    # What stands behind an inner Let, beside it, sees the outer name again.
    after = st.builds(beside, bound, body)
    predicate = STAGES.map(call) | st.booleans().map(const)
    in_items = st.builds(
        sequential,
        ITEMS,
        st.one_of(
            st.builds(mapped, after | bound),
            st.builds(filtered, predicate),
            st.builds(lambda node: reduced(node, initial=0), bound | after),
            st.builds(lambda node: reduced(node, mode="tree", initial=None), bound),
        ),
    )
    return st.one_of(
        bound,
        st.builds(bind, LOCAL, small, after),
        st.builds(bind_twice, LOCAL, small, small, body),
        in_items,
        st.builds(bind, LOCAL, in_items, after),
        st.builds(branch, predicate, bound, after),
        st.builds(fanout, small, bound, body),
        st.builds(merge, body, bound, small),
        st.builds(retry, bound),
        st.builds(sequential, bound, body),
    )


SCOPED_ROOTS: st.SearchStrategy[Document] = st.recursive(LEAVES, _larger, max_leaves=10)
"""Lets of two names in every place where a name could be taken for another."""
