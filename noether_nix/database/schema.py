"""Every table of the one database, as the migrations that made them.

A migration that was ever released is never changed: a new one is added at the end. Which room a
table belongs to stands above it; no other room writes it.

Digests are lower-case hex, times are seconds since 1970 in UTC, documents are JSON text.
"""

from typing import Final

_RESULT_COLUMNS = """
    key TEXT NOT NULL{key},
    drv_sha256 TEXT NOT NULL,
    recipe TEXT NOT NULL,
    program TEXT NOT NULL,
    input_sha256 TEXT NOT NULL,
    value_sha256 TEXT NOT NULL,
    value_size INTEGER NOT NULL,
    encoding TEXT NOT NULL,
    inline BLOB,
    value_path TEXT,
    limits TEXT NOT NULL,
    used TEXT NOT NULL,
    level TEXT NOT NULL,
    nix_version TEXT NOT NULL,
    kernel TEXT NOT NULL,
    cpu_model TEXT NOT NULL,
    toolchain TEXT NOT NULL,
    run TEXT NOT NULL,
    time REAL NOT NULL,
    signatures TEXT NOT NULL,
    contract_version TEXT NOT NULL,
    seal BLOB NOT NULL
"""

# ---------------------------------------------------------------- store

_STORE = (
    # What each succeeded call gave: one record a key, the first that was seen.
    f"""CREATE TABLE results (
        id INTEGER PRIMARY KEY,
        {_RESULT_COLUMNS.format(key=" UNIQUE")},
        CHECK ((inline IS NULL) <> (value_path IS NULL))
    )""",
    "CREATE INDEX results_of_program ON results (program, time)",
    "CREATE INDEX results_of_value ON results (value_path) WHERE value_path IS NOT NULL",
    # The day on which a result was last asked for; apart, so that noting it is a small write.
    """CREATE TABLE result_uses (
        key TEXT PRIMARY KEY REFERENCES results (key) ON DELETE CASCADE,
        day INTEGER NOT NULL
    ) WITHOUT ROWID""",
    # Other values than the kept one for a known key: the evidence of an impure stage.
    f"""CREATE TABLE contradictions (
        id INTEGER PRIMARY KEY,
        {_RESULT_COLUMNS.format(key="")},
        UNIQUE (key, value_sha256)
    )""",
    # Results that were found not to be what was recorded. They hold whatever there was.
    f"""CREATE TABLE damaged_results (
        id INTEGER,
        {_RESULT_COLUMNS.replace(" NOT NULL", "").format(key="")},
        reason TEXT NOT NULL
    )""",
)

# ---------------------------------------------------------------- catalog

_CATALOG = (
    """CREATE TABLE stages (
        id TEXT PRIMARY KEY,
        document TEXT NOT NULL,
        origin TEXT NOT NULL,
        added REAL NOT NULL
    )""",
    """CREATE TABLE stage_names (
        name TEXT PRIMARY KEY,
        stage TEXT NOT NULL REFERENCES stages (id)
    )""",
    "CREATE INDEX stage_names_of_stage ON stage_names (stage)",
    # Where a name pointed before and after; null is nowhere.
    """CREATE TABLE stage_name_moves (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        old TEXT REFERENCES stages (id),
        new TEXT REFERENCES stages (id),
        time REAL NOT NULL
    )""",
    "CREATE INDEX stage_name_moves_of_name ON stage_name_moves (name)",
)

# ---------------------------------------------------------------- ledger

_LEDGER = (
    # Graphs as they were run, each once.
    """CREATE TABLE graph_documents (
        sha256 TEXT PRIMARY KEY,
        document BLOB NOT NULL
    )""",
    """CREATE TABLE runs (
        id TEXT PRIMARY KEY,
        started REAL NOT NULL,
        ended REAL,
        state TEXT NOT NULL,
        graph_name TEXT NOT NULL,
        graph_id TEXT NOT NULL,
        graph_sha256 TEXT NOT NULL REFERENCES graph_documents (sha256),
        input_sha256 TEXT NOT NULL,
        input BLOB,
        output_sha256 TEXT,
        pid INTEGER NOT NULL,
        process_mark TEXT NOT NULL,
        level TEXT NOT NULL,
        toolchain TEXT NOT NULL,
        nix_version TEXT NOT NULL,
        noether_version TEXT NOT NULL,
        counts TEXT NOT NULL,
        seconds REAL
    )""",
    "CREATE INDEX runs_by_start ON runs (started)",
    "CREATE INDEX runs_of_graph ON runs (graph_sha256)",
    """CREATE TABLE calls (
        run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        pointer TEXT NOT NULL,
        stage_id TEXT NOT NULL,
        stage_name TEXT NOT NULL,
        key TEXT,
        outcome TEXT NOT NULL,
        cached INTEGER NOT NULL,
        seconds REAL,
        used TEXT NOT NULL,
        detail TEXT NOT NULL,
        value_sha256 TEXT,
        log_bytes INTEGER NOT NULL,
        PRIMARY KEY (run, number)
    ) WITHOUT ROWID""",
)

# ---------------------------------------------------------------- toolchain

_TOOLCHAIN = (
    # The interpreters that stages run with, by name; `current` is the one in use.
    """CREATE TABLE toolchains (
        name TEXT PRIMARY KEY,
        document TEXT NOT NULL
    )""",
)

# ---------------------------------------------------------------- run

_RUN = (
    # What was asked of the machine once and is true for a while, as which Nix a file is.
    """CREATE TABLE facts (
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL
    )""",
    # What a run that did nothing needs to know of its graph. Hints only: each names files and
    # records that are read and verified all the same.
    """CREATE TABLE memos (
        name TEXT PRIMARY KEY,
        document TEXT NOT NULL,
        seal TEXT NOT NULL,
        time REAL NOT NULL
    )""",
)

# ---------------------------------------------------------------- 2: what proved a level

_PROOFS = (
    # ledger: what a sandbox was seen to be, from inside, and on which machine. Few: equal ones
    # are one, so results whose run is gone still find theirs.
    """CREATE TABLE proofs (
        sha256 TEXT PRIMARY KEY,
        document TEXT NOT NULL
    )""",
    """CREATE TABLE run_proofs (
        run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        proof TEXT NOT NULL REFERENCES proofs (sha256),
        PRIMARY KEY (run, proof)
    ) WITHOUT ROWID""",
    # store: the one that a result was computed under; null in what is older than proofs.
    *(
        f"ALTER TABLE {table} ADD COLUMN proof TEXT"
        for table in ("results", "contradictions", "damaged_results")
    ),
)

# ---------------------------------------------------------------- 3: what was said not to hold

_ACCEPTED_EFFECTS = (
    # catalog: what the code of the stage with that id shows, and a person said that it has not.
    """CREATE TABLE accepted_effects (
        stage TEXT NOT NULL REFERENCES stages (id),
        effect TEXT NOT NULL,
        place TEXT NOT NULL,
        reason TEXT NOT NULL,
        time REAL NOT NULL,
        UNIQUE (stage, effect, place, reason)
    )""",
)

# ---------------------------------------------------------------- 4: graphs as they were written

_COMPOSITIONS = (
    # ledger: the id of the graph as its author wrote it, beside `graph_id`, that of what its names
    # meant; null in what is older.
    "ALTER TABLE runs ADD COLUMN composition_id TEXT",
)

# ---------------------------------------------------------------- 5: results by their input

_RESULTS_BY_INPUT = (
    # store: many calls of one program are looked up without the name of each having to be computed.
    "CREATE INDEX results_of_input ON results (program, input_sha256)",
)

MIGRATIONS: Final = (
    (*_STORE, *_CATALOG, *_LEDGER, *_TOOLCHAIN, *_RUN),
    _PROOFS,
    _ACCEPTED_EFFECTS,
    _COMPOSITIONS,
    _RESULTS_BY_INPUT,
)
