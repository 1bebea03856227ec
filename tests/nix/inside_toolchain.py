"""Run by a toolchain in the sandbox: imports all that it ships and tries what is easily missed.

Writes what it found to ``$out`` as JSON. With folders as arguments it only imports, and prints:
so the same list of modules can be tried by the host's own Python.
"""

import importlib
import json
import os
import sys
import sysconfig
import threading
from pathlib import Path

# They open a browser, print, or look for a terminal with programs of the host.
SKIPPED = ("antigravity", "this", "__hello__", "__phello__", "_pyrepl")


def shipped_modules(library: Path) -> list[str]:
    """The names of all modules below the standard library and its extension modules."""
    names = {file.name.partition(".")[0] for file in (library / "lib-dynload").glob("*.so")}
    for file in library.rglob("*.py"):
        parts = file.relative_to(library).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if all(part.isidentifier() for part in parts) and not name.startswith(SKIPPED):
            names.add(name)
    return sorted(name for name in names if not name.endswith("__main__"))


def import_all(names: list[str]) -> dict[str, str]:
    """The modules that cannot be imported, and why."""
    failed = {}
    for name in names:
        try:
            importlib.import_module(name)
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is the finding
            failed[name] = f"{type(error).__name__}: {error}"
    return failed


def find_facts() -> dict[str, object]:
    """What is easily missed when an interpreter is moved."""
    import ctypes
    import hashlib
    import importlib.util
    import linecache
    import locale
    import sqlite3
    import ssl
    import time
    import zoneinfo
    from datetime import datetime

    os.environ["TZ"] = "Europe/Berlin"
    time.tzset()
    thread = threading.Thread(target=lambda: ctypes.CDLL("libgcc_s.so.1"))
    thread.start()
    thread.join()
    cached = importlib.util.cache_from_source(str(json.__file__))
    with Path("/proc/self/maps").open() as maps:
        mapped = {line.split(None, 5)[5].strip() for line in maps if line.count("/")}
    berlin = datetime(2026, 7, 1, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin"))
    return {
        "locale": locale.setlocale(locale.LC_ALL, "C.UTF-8"),
        "encoding": sys.getfilesystemencoding(),
        "zone": str(berlin.utcoffset()),
        "zones": len(zoneinfo.available_timezones()),
        "local zone": time.strftime("%Z", time.localtime(0)),
        "sqlite": sqlite3.connect(":memory:").execute("SELECT 6 * 7").fetchone()[0],
        "tls": ssl.create_default_context().protocol.name,
        "digests": hashlib.new("sha3_256", b"").hexdigest()[:8],
        "executable": sys.executable,
        "path": sys.path[-2:],
        "prefix": sys.prefix,
        "flags": [sys.flags.no_site, sys.flags.safe_path, sys.flags.utf8_mode],
        "mapped": sorted(file for file in mapped if not file.startswith("/nix/store/")),
        "root": sorted(entry.name for entry in Path("/").iterdir()),
        "bytecode": [vars(json)["__cached__"] == cached, Path(cached).read_bytes()[4]],
        "source": linecache.getline(str(json.__file__), 1) != "",
        "library path": sysconfig.get_path("stdlib"),
    }


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.path[:] = sys.argv[1:]
        sys.stdout.write(json.dumps(import_all(json.load(sys.stdin))))
    else:
        library = Path(json.__file__).parent.parent
        facts = find_facts()
        names = shipped_modules(library)
        Path(os.environ["out"]).write_text(  # noqa: SIM112 - it is Nix's name
            json.dumps({"facts": facts, "modules": names, "failed": import_all(names)})
        )
