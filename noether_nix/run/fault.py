"""Faults: why a command has no answer at all, what each means, and what to do about it.

The class of an error (``errors.py``) gives the name and the exit code; the rest stands here.
"""

from collections.abc import Mapping

from noether_nix import errors
from noether_nix.run.author_fault import AUTHOR_FAULTS
from noether_nix.run.code import Code, Mover, fault


def _of_a_cache(name: str, sentence: str, remedy: str) -> Code:
    return Code(
        name,
        "fault",
        Mover.STORE,
        errors.StoreError.exit_code,
        sentence,
        remedy,
        machine_dependent=True,
        awaits="caches of results",
    )


_FAULTS = (
    # ------------------------------------------------------------------------ 1 and 2: the caller
    Code(
        "usage",
        "fault",
        Mover.CALLER,
        errors.CallerError.exit_code,
        "The words of the command are not those that it knows.",
        "read noether COMMAND --help",
    ),
    fault(
        errors.InputUnreadableError,
        Mover.CALLER,
        "The value given to --input or --set is no JSON, or its file cannot be read.",
        "quote JSON text for the shell: --input '\"some text\"', or name a file: --input @file",
    ),
    fault(
        errors.InputMismatchError,
        Mover.CALLER,
        "The value given to --input does not have the type of the graph's or the stage's input.",
        "noether graph check GRAPH prints the type; --set gives the fields one by one",
    ),
    fault(
        errors.SettingInvalidError,
        Mover.CALLER,
        "A setting, a flag or a variable has a value that means nothing.",
        "mend it where the message says that it stands",
    ),
    fault(
        errors.FileUnreadableError,
        Mover.CALLER,
        "A file that was named does not exist, or cannot be read or written.",
        "look at the path and at its rights",
    ),
    fault(
        errors.InputUnknownError,
        Mover.CALLER,
        "The input of a call has not come to be, as a call before it has no kept result.",
        "run the graph first",
    ),
    fault(
        errors.UnknownRunError,
        Mover.CALLER,
        "No run of that name is recorded here.",
        "`last` is the latest; every run prints its id with --json",
    ),
    fault(
        errors.UnknownCodeError,
        Mover.CALLER,
        "There is no code of that name.",
        "noether explain --list shows all of them",
    ),
    *AUTHOR_FAULTS,
    # ------------------------------------------------------------------------ 5: machines
    fault(
        errors.ProgramMissingError,
        Mover.MACHINE,
        "A program that is needed is not there, or cannot be started.",
        "install it, or put it on PATH",
    ),
    fault(
        errors.NixMissingError,
        Mover.MACHINE,
        "No Nix was found where it was looked for, or it does not start.",
        "on Debian and Ubuntu: apt-get install nix-bin; elsewhere the installer from nixos.org",
        about="NOETHER_NIX names the folder of nix-build, and is then never overruled; else PATH "
        "is searched, and after it the usual folders.",
    ),
    fault(
        errors.NixTooOldError,
        Mover.MACHINE,
        "The Nix that was found is older than the oldest that works, which is 2.8.0.",
        "install a newer one, or name it with NOETHER_NIX",
    ),
    fault(
        errors.SandboxUnavailableError,
        Mover.MACHINE,
        "This machine cannot give the isolation that was asked for; nothing has run.",
        "let unprivileged users make user namespaces, on a kernel of at least 5.14",
        about="Every build is looked at from inside before any stage sees its input: that Nix "
        "was told to isolate it is no proof. What was missing stands in the message. Nothing runs "
        "without isolation unless that is asked for.",
    ),
    fault(
        errors.EvaluationFailedError,
        Mover.MACHINE,
        "Nix refused an expression or a command of ours.",
        "report it, with what noether version prints",
        about="No text of a user ever becomes Nix code, so this is a Nix that differs from those "
        "that are tested, or a store that is broken.",
    ),
    fault(
        errors.BuilderLostError,
        Mover.MACHINE,
        "The build ended before its calls did, and not through their fault.",
        "run again: what had ended is kept; if it happens again, look at free memory",
        about="Somebody or the kernel ended Nix or its builder. A stage cannot do that: the end "
        "of its own process is an outcome of its own call.",
    ),
    fault(
        errors.ToolchainUnusableError,
        Mover.MACHINE,
        "No interpreter can be made or found for the stages to run with.",
        "set NOETHER_PYTHON to a CPython of at least 3.11 that is linked dynamically",
    ),
    # ------------------------------------------------------------------------ 6 and 7: calls
    fault(
        errors.CallFailedError,
        Mover.STAGE,
        "A call ended with another outcome than succeeded; in Python, reading `output` raises it.",
        "explain the outcome that the message or the report names",
    ),
    fault(
        errors.NotDeterministicError,
        Mover.STAGE,
        "Identical calls gave different values.",
        "take out of the stage what changes: clocks, random numbers, addresses, orders of sets",
        about="Both values are kept; the first one stays the result. Until noether check is there "
        "a run that comes upon it says so in a warning, and goes on.",
        awaits="noether check",
    ),
    # ------------------------------------------------------------------------ 8: stores
    fault(
        errors.FormatError,
        Mover.STORE,
        "Bytes or text are not of the format that they should have.",
        "run again; if it happens again, report it",
    ),
    fault(
        errors.StoreFullError,
        Mover.STORE,
        "The disk that holds the store, the database or the logs is full.",
        "free some space on that disk; after that noether store gc can let more go",
        about="What had been told of as ended before is kept. Nothing half-written is ever read.",
    ),
    fault(
        errors.HashMismatchError,
        Mover.STORE,
        "Stored bytes are not the bytes that were recorded.",
        "run again: a damaged result is set aside and computed anew; then look at the disk",
        about="A run only warns of a damaged result and computes it again. Where the result "
        "itself was asked for, or where bytes in the store cannot be put right, it is this fault.",
    ),
    fault(
        errors.DatabaseDamagedError,
        Mover.STORE,
        "The database is none, or its contents contradict themselves.",
        "move noether.sqlite and its -wal and -shm aside; results are then computed anew",
    ),
    fault(
        errors.DatabaseTooNewError,
        Mover.STORE,
        "The database was written by a newer noether.",
        "use the newer one, or name another folder with NOETHER_HOME",
    ),
    fault(
        errors.DatabaseBusyError,
        Mover.STORE,
        "Another process held the database for longer than we wait.",
        "wait for the other command to end, or stop it, and try again",
    ),
    fault(
        errors.StoreUnwritableError,
        Mover.STORE,
        "The folder of the store, the database or the logs cannot be written.",
        "make it writable for this user, or name another folder with NOETHER_HOME",
    ),
    _of_a_cache(
        "cache-unreachable",
        "A cache of results does not answer.",
        "look at its address; a run goes on without it and says so",
    ),
    _of_a_cache(
        "cache-untrusted",
        "A cache gave a result that nobody whom you trust has signed.",
        "trust its key, or leave the cache out",
    ),
    _of_a_cache(
        "cache-corrupt",
        "A cache gave bytes that are not those that were signed.",
        "tell whoever keeps it; the result is computed here",
    ),
    # ------------------------------------------------------------------------ 9, 70, 130
    fault(
        errors.EffectRefusedError,
        Mover.CALLER,
        "A stage declares an effect that is not allowed, or that cannot be had here.",
        "allow it with --allow-effects or in the policy file that the message names; by now only "
        "Pure and Fallible stages run",
    ),
    fault(
        errors.LimitRefusedError,
        Mover.CALLER,
        "A graph or a stage asks for more than a ceiling of the settings, or for too little.",
        "`noether settings` shows the ceilings; --limit counts before graph and stage",
    ),
    fault(
        errors.InternalError,
        Mover.US,
        "An invariant of noether broke.",
        "please report it with the command that shows it",
    ),
    fault(
        errors.RunInterruptedError,
        Mover.CALLER,
        "The command was stopped: by Ctrl-C, or by SIGTERM (143) or SIGHUP (129).",
        "run again: what had ended is kept and does not run again",
    ),
)

FAULTS: Mapping[str, Code] = {code.name: code for code in _FAULTS}
"""Every class of error that is raised, and what no class stands for, in the order of exit codes."""
