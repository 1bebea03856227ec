"""`noether run --dry-run`: all that is known of a run before it, as JSON."""

from typing import Any

from noether_nix.cli.show import show_json, warn
from noether_nix.errors import InputMismatchError, NoetherError
from noether_nix.graph.check import check_input
from noether_nix.graph.identity import graph_id
from noether_nix.graph.simplified import Simplified, find_simplified
from noether_nix.inside.contract import Json
from noether_nix.run.house import House
from noether_nix.run.loading import LoadedGraph
from noether_nix.run.options import RunOptions
from noether_nix.run.start import Foreseen, foresee
from noether_nix.types.text import render_type


def show_dry_run(house: House, loaded: LoadedGraph, value: Json, options: RunOptions) -> None:
    """Print types, resolved stages, effects, and which results are known already.

    Works where Nix is missing: then keys are null, because no toolchain can be named.
    """
    checked = loaded.checked
    warnings = [str(problem) for problem in checked.warnings]
    fits: NoetherError | None = None
    try:
        check_input(checked, value)
    except InputMismatchError as error:
        fits = error
        warnings.append(f"the input does not fit: {error.message}")
    calls, missing = foresee(house, loaded, value, options, look_up=fits is None)
    if missing is not None:
        warnings.append(f"what is known cannot be told: {missing}")
        warn(warnings[-1])
    simplified = find_simplified(checked) if options.optimize else Simplified()
    show_json(
        {
            "graph": loaded.name,
            "id": graph_id(checked),
            "type_check": {
                "input": render_type(checked.input),
                "output": render_type(checked.output),
                "input_fits": fits is None,
            },
            "effects": [str(effect) for effect in checked.effects],
            "optimized": simplified.to_document(),
            "calls": [_call(call) for call in calls],
        },
        warnings=warnings,
    )


def _call(call: Foreseen) -> dict[str, Any]:
    stage = call.planned.stage
    return {
        "node": call.planned.pointer,
        "stage": {"name": stage.name, "id": stage.id, "origin": stage.origin},
        "effects": [str(effect) for effect in stage.effects],
        "key": call.key,
        "known": call.known,
    }
