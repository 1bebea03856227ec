"""Make file names of titles with a graph, ask twice, and see what ran."""

import json
from pathlib import Path

import noether_nix

HELLO = Path(__file__).resolve().parent.parent / "hello"
TITLES = ["Tea, and toast", "Tea,   and toast", "Crème brûlée, 2nd edition", "?!"]

graph = noether_nix.load_graph(HELLO / "graph.json")

for title in TITLES:
    report = noether_nix.run(graph, title)
    ran = [call.stage_name for call in report.calls if call.ok and not call.cached]
    try:
        print(f"{title!r} -> {report.output!r}   ran: {', '.join(ran) or 'nothing'}")
    except noether_nix.errors.CallFailedError as error:
        print(f"{title!r} has no file name: {error}")

# A graph can also be made here; its paths are relative to `folder`.
document = {
    "description": "Tidy several titles side by side",
    "version": "1.0.0",
    "root": {
        "op": "Parallel",
        "branches": {
            name: {"op": "Stage", "id": "./stages/tidy_title.py"} for name in ("first", "second")
        },
    },
}
titles = {"first": " One  title ", "second": "Another   one"}
print(json.dumps(noether_nix.run(document, titles, folder=HELLO).output))
