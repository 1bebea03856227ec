"""Telling a process from a later one of the same number."""

import os
import subprocess
import sys

from noether_nix.ledger.liveness import _portable_mark, is_alive, process_mark


def test_this_process_is_alive() -> None:
    mark = process_mark()

    assert mark is not None
    assert mark == process_mark(os.getpid())
    assert is_alive(os.getpid(), mark)


def test_another_start_under_the_same_number_is_another_process() -> None:
    mark = process_mark()

    assert mark is not None
    assert not is_alive(os.getpid(), mark + "0")
    assert not is_alive(os.getpid(), "")


def test_an_ended_process_is_dead_before_and_after_it_is_waited_for() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    mark = process_mark(child.pid)
    assert mark is not None
    assert is_alive(child.pid, mark)

    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not is_alive(child.pid, mark)
    child.communicate()
    assert not is_alive(child.pid, mark)


def test_where_there_is_no_proc_the_start_comes_from_psutil() -> None:
    mark = _portable_mark(os.getpid())

    assert mark is not None
    assert mark == _portable_mark(os.getpid())
    assert _portable_mark(2**22 + 1) is None
