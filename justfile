# The words a developer types; `just` alone lists them.

export PATH := justfile_directory() / ".venv/bin:" + env("PATH")

_list:
    @just --list --unsorted

# all guards and all tests, as continuous integration runs them
check:
    scripts/test

# only tests, with pytest's own arguments: just test tests/unit/plan -k key
test *arguments="tests -n auto":
    scripts/test {{ arguments }}

# tests on the newest Nix that the configured mirror offers, with pytest's own arguments
test-newest-nix *arguments="tests/nix tests/contract tests/e2e -n auto":
    scripts/test --newest-nix {{ arguments }}

# lay out and repair what can be repaired by machine
fmt:
    ruff format .
    ruff check --fix .

# draw the rooms into ARCHITECTURE.md, from the imports
diagram:
    python -P scripts/dependency_diagram.py

# lock the dependencies again; `just lock --upgrade` takes the newest
lock *arguments:
    scripts/lock {{ arguments }}

# measure against plain Nix and other tools; the tables are in benchmarks/RESULTS.md
bench *arguments:
    python -P benchmarks/run.py {{ arguments }}

# bring the other tools that `just bench` measures to this machine
bench-peers:
    scripts/peers

# are the documents still true: commands, exit codes, examples, diagram
docs:
    scripts/test tests/docs tests/scripts
