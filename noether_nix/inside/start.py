"""Where a fused build begins: the zygote first, while this process knows nothing yet."""

import os
import signal
import socket
import sys
from typing import TYPE_CHECKING, NoReturn

from noether_nix.inside import kernel, zygote

if TYPE_CHECKING:
    from noether_nix.inside.build_log import Log
    from noether_nix.inside.proof import Findings
    from noether_nix.inside.region import Region
    from noether_nix.inside.scheduler import Scheduler


def main() -> NoReturn:
    """Be the builder of a fused derivation (see ``nixexpr/region.nix`` for the variables)."""
    # Nearly always the best level holds: its zygote is made before anything else is loaded.
    first = _fork_zygote(namespaces=True)
    kernel.set_dumpable(dumpable=False)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # the first process hears only what it handles
    _schedule(first)


def _fork_zygote(*, namespaces: bool) -> tuple[socket.socket, int]:
    channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pid = os.fork()
    if pid == 0:
        channel.close()
        os.dup2(os.open("/dev/null", os.O_RDWR), 1)
        os.dup2(1, 2)
        zygote.serve(theirs, namespaces=namespaces)
    theirs.close()
    return channel, pid


def _schedule(first: tuple[socket.socket, int]) -> NoReturn:
    # Imported after the fork: whatever the zygote holds, every call pays for.
    from noether_nix.inside import proof
    from noether_nix.inside.build_log import Log
    from noether_nix.inside.region import Region, write_endings
    from noether_nix.inside.spill import Spill
    from noether_nix.inside.zygote_client import ZygoteClient

    spill = Spill(os.environ["NIX_BUILD_TOP"])

    def make_zygote(namespaces: bool) -> ZygoteClient:  # noqa: FBT001
        channel, pid = first if namespaces else _fork_zygote(namespaces=False)
        return ZygoteClient(channel, pid, spill)

    # Told apart before the plan is read: the second zygote must not know it either.
    hidden = (os.environ["plan"], "/proc/1/environ", "/nix/store")
    findings = proof.prove(os.environ["levels"].split(), make_zygote, hidden)
    with open(os.environ["plan"], "rb") as file:  # noqa: PTH123
        region = Region.from_bytes(file.read())
    log = Log(region.token)
    log.say("sandbox", **findings.document())
    log.flush()
    if findings.client is None:
        sys.exit(1)
    scheduler = _run(region, findings, log)
    # Whatever a call at the weakest levels may have put there is in the way.
    _clear(os.environ["out"])
    output = os.open(
        os.environ["out"],
        os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC,
        0o444,
    )
    with os.fdopen(output, "wb") as target:
        write_endings(scheduler.endings.values(), target, spill.copy)
    log.say("done")
    log.flush()
    os._exit(0)


def _run(region: "Region", findings: "Findings", log: "Log") -> "Scheduler":
    from noether_nix.inside.call import LostError, UnableError
    from noether_nix.inside.ground import shared_folders
    from noether_nix.inside.scheduler import Scheduler
    from noether_nix.inside.sharing import SharedPlace, UnemptiedError

    client, call = findings.client, findings.evidence["call"]
    assert client is not None
    if not call["namespaces"]:
        folders = shared_folders(os.environ["NIX_BUILD_TOP"])
        client.spill.open()
        client.shared = SharedPlace(
            folders,
            emptied=1 if findings.level == "none" else len(folders),
            bounded=bool(call["seccomp"]),
        )
    alone = findings.level == "alone"
    # One call a build: what is not asked for alone is told so, and comes again call by call.
    runnable = region if region.alone or not alone else region.without_calls()
    scheduler = Scheduler(runnable, client, log, lone=alone)
    try:
        scheduler.run()
    except UnableError as error:
        log.say("unable", reason=str(error))
        log.flush()
        sys.exit(1)
    except (LostError, UnemptiedError) as error:
        log.flush()
        sys.exit(f"noether: {error}")
    return scheduler


def _clear(out: str) -> None:
    import shutil

    if os.path.isdir(out) and not os.path.islink(out):  # noqa: PTH112, PTH114
        shutil.rmtree(out)
    elif os.path.lexists(out):
        os.unlink(out)  # noqa: PTH108
