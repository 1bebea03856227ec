"""Where apt looks for packages, read from its own files and written for other suites."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """A configured archive of packages, and the keyring for its signatures, if one is named."""

    uri: str
    components: tuple[str, ...]
    signed_by: str | None


def parse_release(text: str) -> dict[str, str]:
    """Read ``/etc/os-release``."""
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
    return {name: value.strip("\"'") for name, _, value in pairs}


def find_source(codename: str, sources: Iterable[str]) -> Source | None:
    """The archive that this system itself is installed from; None when there is none.

    Apt's own list of what it would fetch is empty where the lists were deleted, as they are in
    most images of containers; so the files themselves are read.

    Args:
        codename: this system's release, as ``bookworm``.
        sources: the texts of apt's files of sources, in both forms.
    """
    for text in sources:
        stanzas = map(_stanza, text.split("\n\n"))
        lines = map(_line, text.splitlines())
        for suites, source in filter(None, (*stanzas, *lines)):
            if codename in suites and "main" in source.components:
                return source
    return None


def _stanza(text: str) -> tuple[list[str], Source] | None:
    """The suites of a stanza of a ``.sources`` file, and their archive."""
    lines = (line.partition(":") for line in text.splitlines() if not line.startswith("#"))
    fields = {name.strip().lower(): value.strip() for name, _, value in lines}
    uris = fields.get("uris", "").split()
    if not uris or "deb" not in fields.get("types", "").split():
        return None
    if fields.get("enabled", "yes").lower() in ("no", "false"):
        return None
    components = tuple(fields.get("components", "").split())
    return fields.get("suites", "").split(), Source(
        uris[0], components, fields.get("signed-by") or None
    )


def _line(text: str) -> tuple[list[str], Source] | None:
    """The suite of a line like ``deb [signed-by=/file] URI SUITE COMPONENT``, and its archive."""
    options, words = [], text.partition("#")[0].split()
    if len(words) > 1 and words[1].startswith("["):
        end = next((n for n, word in enumerate(words) if word.endswith("]")), len(words) - 1)
        options = " ".join(words[1 : end + 1]).strip("[]").split()
        del words[1 : end + 1]
    if words[:1] != ["deb"] or len(words) < 4:
        return None
    named = [word.partition("=")[2] for word in options if word.startswith("signed-by=")]
    return [words[2]], Source(words[1], tuple(words[3:]), named[0] if named else None)


def render_sources(source: Source, suites: Sequence[str]) -> str:
    """A file of sources for the newer suites of the same archive."""
    signed = f"Signed-By: {source.signed_by}\n" if source.signed_by else ""
    return (
        f"Types: deb\nURIs: {source.uri}\nSuites: {' '.join(suites)}\n"
        f"Components: {' '.join(source.components)}\n{signed}"
    )
