"""Where a fused build begins: the zygote first, while this process knows nothing yet."""

import os
import signal
import socket
import sys
from typing import NoReturn

from noether_nix.inside import kernel, zygote


def main() -> NoReturn:
    """Be the builder of a fused derivation (see ``nixexpr/region.nix`` for the variables)."""
    channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if os.fork() == 0:
        channel.close()
        os.dup2(os.open("/dev/null", os.O_RDWR), 1)
        os.dup2(1, 2)
        zygote.serve(theirs, os.environ["visible"].split())
    theirs.close()
    kernel.set_dumpable(dumpable=False)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    _schedule(channel)


def _schedule(channel: socket.socket) -> NoReturn:
    # Imported after the fork: whatever the zygote holds, every call pays for.
    from noether_nix.inside import proof
    from noether_nix.inside.call import LostError, UnableError, ZygoteClient
    from noether_nix.inside.region import Region, write_endings
    from noether_nix.inside.scheduler import Log, Scheduler

    with open(os.environ["plan"], "rb") as file:  # noqa: PTH123
        region = Region.from_bytes(file.read())
    log = Log(region.token)
    findings = proof.prove(channel)
    log.say("sandbox", **findings)
    log.flush()
    if findings["missing"]:
        sys.exit(1)
    scheduler = Scheduler(region, ZygoteClient(channel), log)
    try:
        scheduler.run()
    except UnableError as error:
        log.say("unable", reason=str(error))
        log.flush()
        sys.exit(1)
    except LostError as error:
        log.flush()
        sys.exit(f"noether: {error}")
    output = os.open(
        os.environ["out"],
        os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC,
        0o444,
    )
    with os.fdopen(output, "wb") as file:
        write_endings(scheduler.endings.values(), file)
    log.say("done")
    log.flush()
    os._exit(0)
