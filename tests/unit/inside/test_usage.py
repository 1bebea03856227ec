"""What is seen of a process from outside."""

import os
import subprocess
import sys

import pytest

from noether_nix.inside import usage


def test_a_process_that_runs_is_not_ending_and_one_that_nobody_waited_for_is() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        running = usage.is_ending(f"/proc/{child.pid}")
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        ended = usage.is_ending(f"/proc/{child.pid}")

    assert (running, ended) == (False, True)


def test_of_a_process_that_is_gone_nothing_can_be_said() -> None:
    with subprocess.Popen(["true"]) as child:
        pass

    with pytest.raises(OSError, match="No such"):
        usage.is_ending(f"/proc/{child.pid}")
