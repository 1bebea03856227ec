"""The command lines of Nix, its options and its environment, as data.

Nothing of the user's or the machine's ``nix.conf`` is read: it may turn the sandbox off, upload
what is built, or refuse to build at all (``max-jobs = 0``). A daemon follows its own. The one
exception is a toolchain of nixpkgs, which the machine's substituters may have.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from noether_nix.formats.store_path import StorePath
from noether_nix.process.nix_programs import NixPrograms

BUILD_USERS_GROUP = "nixbld"

# Not a folder, so there is no nix.conf in it; Nix takes that as an absent file.
_NO_FOLDER = "/dev/null"

_WORDS = ("false", "true")

_OPTIONS: Mapping[str, str] = {
    "allow-import-from-derivation": "false",
    "builders": "",
    "fallback": "false",
    "keep-build-log": "false",
    "keep-derivations": "false",
    "keep-failed": "false",
    "max-build-log-size": "0",
    "max-silent-time": "0",
    "post-build-hook": "",
    "pre-build-hook": "",
    "sandbox-fallback": "false",
    # Nothing of the host: a stage gets its toolchain's closure and no shell.
    "sandbox-paths": "",
    "substitute": "false",
    "substituters": "",
    # Without kvm among them no /dev/kvm is in the sandbox.
    "system-features": "",
    "timeout": "0",
}


# What a Nix that may fetch takes from the machine's own nix.conf: where results of others are,
# whose signatures count, and which shell a build of nixpkgs finds in its sandbox.
_MACHINE_S_OWN = frozenset(("fallback", "sandbox-paths", "substitute", "substituters"))


def configuration(
    *,
    jobs: int,
    cores: int,
    build_users: bool,
    fetching: bool = False,
    sandbox: bool = True,
    filtered: bool = True,
    shell: bool = True,
) -> str:
    """The options of every Nix process, in the form of a ``nix.conf``.

    Args:
        jobs: how many builds at once.
        cores: what a build is told of processors.
        build_users: whether it builds as members of our group.
        fetching: it may take what the machine's own configuration lets it take: nothing of a graph
            or a stage is built that way, only toolchains.
        sandbox: off only where that was asked for.
        filtered: whether Nix puts its own filter of system calls on builds; not every kernel can.
        shell: whether who may fetch is shown the shell that Nix was compiled with; not every
            machine has it.
    """
    ours = _OPTIONS
    if fetching:
        theirs = _MACHINE_S_OWN - (set() if shell else {"sandbox-paths"})
        kept = {name: text for name, text in _OPTIONS.items() if name not in theirs}
        ours = {**kept, "connect-timeout": "15", "download-attempts": "2"}
    options = {
        **ours,
        "filter-syscalls": _WORDS[filtered],
        "sandbox": _WORDS[sandbox],
        "build-users-group": BUILD_USERS_GROUP if build_users else "",
        "cores": str(cores),
        "max-jobs": str(jobs),
    }
    return "".join(f"{name} = {value}".rstrip() + "\n" for name, value in sorted(options.items()))


def environment(configured: str, home: Path, *, fetching: bool = False) -> dict[str, str]:
    """All variables of a Nix process; ``home`` is a folder of ours that may be written."""
    return {
        "HOME": str(home),
        "LC_ALL": "C",
        "NIX_CONFIG": configured,
        **({} if fetching else {"NIX_CONF_DIR": _NO_FOLDER}),
        "NIX_USER_CONF_FILES": "",
        "NO_COLOR": "1",
        "PATH": "/usr/bin:/bin",
        "TERM": "dumb",
        # Nix refuses to start for a user without a name, as containers have them.
        "USER": "noether",
    }


def build(
    programs: NixPrograms,
    store: Sequence[str],
    nix_file: Path,
    arguments: Mapping[str, str],
    *,
    check: bool,
) -> tuple[str, ...]:
    """Build what ``nix_file`` says and print its output; with ``check``, again, and compare."""
    texts = (word for name in sorted(arguments) for word in ("--argstr", name, arguments[name]))
    checked = ("--check",) if check else ()
    return (programs.build, *store, str(nix_file), "--no-out-link", *checked, *texts)


def instantiate(programs: NixPrograms, store: Sequence[str]) -> tuple[str, ...]:
    """Make derivations of the expression on standard input and print their paths."""
    return (programs.instantiate, *store, "-")


def add_flat(programs: NixPrograms, store: Sequence[str], paths: Sequence[Path]) -> tuple[str, ...]:
    """Add files by their bytes alone, each under its own name, and print where they are."""
    return (programs.store, *store, "--add-fixed", "sha256", *map(str, paths))


def add_tree(programs: NixPrograms, store: Sequence[str], path: Path) -> tuple[str, ...]:
    """Add a folder or file by its NAR, under its own name, and print where it is."""
    return (programs.store, *store, "--add", str(path))


def recorded_hash(programs: NixPrograms, store: Sequence[str], path: StorePath) -> tuple[str, ...]:
    """Print the NAR hash that the store's own database holds; exit 1 when it knows none."""
    return (programs.store, *store, "--query", "--hash", str(path))


def check_validity(
    programs: NixPrograms, store: Sequence[str], paths: Sequence[StorePath]
) -> tuple[str, ...]:
    """Print those of ``paths`` that are not wholly in the store."""
    return (
        programs.store,
        *store,
        "--check-validity",
        "--print-invalid",
        *map(str, paths),
    )


def verify(programs: NixPrograms, store: Sequence[str], path: StorePath) -> tuple[str, ...]:
    """Hash a path again; exit 1 when it is not what was added."""
    return (programs.store, *store, "--verify-path", str(path))


def dump(programs: NixPrograms, physical: Path) -> tuple[str, ...]:
    """Print the NAR of a file or folder."""
    return (programs.store, "--dump", str(physical))


def collect_garbage(
    programs: NixPrograms, store: Sequence[str], *, only_print: bool, reserved_bytes: int
) -> tuple[str, ...]:
    """Delete what no root holds, or only print it.

    Args:
        programs: those of Nix.
        store: how it is opened.
        only_print: delete nothing.
        reserved_bytes: what Nix has set aside for this, so that it sets nothing aside just now:
            on a full disk 2.34.8 takes the last free byte for it.
    """
    reserved = ("--option", "gc-reserved-space", str(reserved_bytes))
    return (programs.store, *store, *reserved, "--gc", *(("--print-dead",) if only_print else ()))


def add_root(
    programs: NixPrograms, store: Sequence[str], link: Path, path: StorePath
) -> tuple[str, ...]:
    """Make ``link`` a root that spares ``path``."""
    return (programs.store, *store, "--realise", str(path), "--add-root", str(link))
