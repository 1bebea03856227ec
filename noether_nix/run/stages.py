"""Single stages: found by name, id or file, registered from files, and run as a graph of one."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from noether_nix.catalog.answers import Added, Ambiguous, Found
from noether_nix.catalog.files import find_stage_files, load_stage_file
from noether_nix.errors import (
    EffectUndeclaredError,
    FileUnreadableError,
    NameTakenError,
    NoetherError,
    Problem,
    StageError,
    StageInvalidError,
    UnknownNameError,
)
from noether_nix.frozen import dataclass, replace
from noether_nix.run.admission import Seen, acceptances, watch
from noether_nix.run.house import House
from noether_nix.run.loading import LoadedGraph, ambiguity, load_graph_text
from noether_nix.stage.model import Stage


def is_stage_path(reference: str) -> bool:
    """Whether the words of a person mean a file: it has a folder or a stage's ending in it."""
    return "/" in reference or reference.endswith((".py", ".json"))


def load_stage(house: House, reference: str) -> Stage:
    """The stage that a file, a name, an id or the beginning of an id means.

    Raises:
        FileUnreadableError: the file cannot be read.
        StageInvalidError: the file is no stage.
        UnknownNameError: no stage is known by that name or id, or several are.
    """
    if is_stage_path(reference):
        return load_stage_file(Path(reference))
    answer = house.catalog.find(reference)
    if isinstance(answer, Found):
        return answer.stage
    if isinstance(answer, Ambiguous):
        message, hint = ambiguity(answer)
        raise UnknownNameError(message, hint=hint)
    near = ", ".join(answer.nearest)
    hint = f"did you mean {near}?" if near else "`noether stage list` shows what there is"
    beside = Path(f"{reference}.py")
    if reference.isprintable() and beside.is_file():
        hint = f"did you mean the file ./{beside}?"
    raise UnknownNameError(f"no stage is known as {reference!r:.100}", hint=hint)


def load_stages(house: House, references: Iterable[str]) -> list[tuple[Stage, bool]]:
    """The stages that files, folders, names or ids mean, and whether each is of a file.

    Each comes once, in the order given.

    Raises:
        NoetherError: as :func:`load_stage`; a folder has no stage in it.
    """
    found: dict[str, tuple[Stage, bool]] = {}
    for reference in references:
        folder = Path(reference)
        files = find_stage_files([folder]) if folder.is_dir() else None
        if files is None:
            stages = [(load_stage(house, reference), is_stage_path(reference))]
        elif files:
            stages = [(stage, True) for stage in _load_all(files)]
        else:
            raise _no_stage_in(reference)
        found.update((pair[0].id, pair) for pair in stages)
    return list(found.values())


def load_stage_as_graph(house: House, reference: str) -> LoadedGraph:
    """The graph whose one node, ``/root``, is that stage.

    Raises:
        EffectUndeclaredError: a file's code shows more than it declares.
        NoetherError: as :func:`load_stage`.
    """
    stage = load_stage(house, reference)
    if is_stage_path(reference):
        house.admit(stage)
    document = {
        "description": f"The stage {stage.name}",
        "version": "1.0.0",
        "root": {"op": "Stage", "id": stage.id, "pinning": "both"},
    }
    loaded = load_graph_text(
        json.dumps(document, indent=2).encode() + b"\n",
        source=reference,
        name=stage.name,
        folder=Path(),
        find=lambda _id: Found(stage),
    )
    # What ran can be looked at later, so a stage from a file is registered as one in a graph is.
    return replace(loaded, paths={reference: stage}) if is_stage_path(reference) else loaded


@dataclass(frozen=True, slots=True)
class Registered:
    """A stage file that was registered, what that changed, and what its code shows."""

    stage: Stage
    added: Added
    seen: Seen


def register(
    house: House, paths: Iterable[Path], *, accept_effects: bool = False
) -> list[Registered]:
    """Register the stages of files and folders, all or none.

    Args:
        house: where they are kept.
        paths: files and folders.
        accept_effects: record what their code shows and they do not declare as not holding.

    Raises:
        EffectUndeclaredError: code shows more than is declared, and nobody accepted it.
        FileUnreadableError: a path does not exist or cannot be read.
        StageInvalidError: a file is no stage, or a folder has none; with every problem.
        NameTakenError: two of the files give one name to different stages.
    """
    asked = list(paths)
    files = find_stage_files(asked)
    if not files:
        raise _no_stage_in(", ".join(map(str, asked)))
    stages = _load_all(files)
    _check_names(stages)
    if not accept_effects:
        _admit_all(house, stages)
    added = house.catalog.add_all(stages, house.now())
    if accept_effects:
        house.catalog.accept_effects(acceptances(stages), house.now())
    seen = [watch(stage, house.accepted_effects) for stage in stages]
    return [Registered(*one) for one in zip(stages, added, seen, strict=True)]


def _no_stage_in(folders: str) -> StageInvalidError:
    return StageInvalidError(
        f"there is no stage in {folders}",
        hint="a stage is a Python file that defines execute and states a contract",
    )


def _load_all(files: Sequence[Path]) -> list[Stage]:
    stages: list[Stage] = []
    errors: list[NoetherError] = []
    for file in files:
        try:
            stages.append(load_stage_file(file))
        except (StageInvalidError, FileUnreadableError) as error:
            errors.append(error)
    _raise_all(errors, StageInvalidError, f"{len(errors)} files are no stages")
    return stages


def _admit_all(house: House, stages: Iterable[Stage]) -> None:
    errors: list[NoetherError] = []
    for stage in stages:
        try:
            house.admit(stage)
        except EffectUndeclaredError as error:
            errors.append(error)
    message = f"the code of {len(errors)} stages shows more than they declare"
    _raise_all(errors, EffectUndeclaredError, message)


def _raise_all(errors: Sequence[NoetherError], kind: type[StageError], message: str) -> None:
    if len(errors) == 1:
        raise errors[0]
    if errors:
        problems = [problem for error in errors for problem in _problems(error)]
        raise kind(message, problems=problems)


def _problems(error: NoetherError) -> Sequence[Problem]:
    return error.problems or (Problem(error.code, error.message, hint=error.hint),)


def _check_names(stages: Iterable[Stage]) -> None:
    by_name: dict[str, Stage] = {}
    for stage in stages:
        other = by_name.setdefault(stage.name, stage)
        if other.id != stage.id:
            raise NameTakenError(
                f"two different stages have the name {stage.name}: "
                f"{other.origin} and {stage.origin}",
                hint="give one of them another with a line Name: in its contract",
            )
