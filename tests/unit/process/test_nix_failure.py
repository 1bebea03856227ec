import pytest

from noether_nix.errors import (
    EvaluationFailedError,
    NoetherError,
    SandboxUnavailableError,
    StoreFullError,
    StoreUnwritableError,
)
from noether_nix.process.build_users import check_build_users
from noether_nix.process.child import Exit, Stop
from noether_nix.process.nix_build import BuildEnd, build_end
from noether_nix.process.nix_failure import check_ended_well, says_daemon_gone, to_error

DRV = "/nix/store/kj2ar4ccldglz8xniw13bhxdpaqsilsq-t.drv"


def exit_of(
    code: int | None, said: str = "", *, signal: int | None = None, stopped: Stop | None = None
) -> Exit:
    return Exit(code, signal, b"", said.encode(), 0.1, stopped)


# What Nix said when it was made to fail; 2.8.0 where nothing else is written.
@pytest.mark.parametrize(
    ("said", "kind"),
    [
        pytest.param(
            "error: syntax error, unexpected end of file", EvaluationFailedError, id="eval"
        ),
        pytest.param(
            f"this derivation will be built:\n  {DRV}\n\x1b[31;1merror:\x1b[0m cloning builder "
            "process: \x1b[35;1mOperation not permitted\x1b[0m\n"
            "error: unable to start build process",
            SandboxUnavailableError,
            id="no user namespaces",
        ),
        pytest.param(
            "error: the group 'nosuch' specified in 'build-users-group' does not exist",
            SandboxUnavailableError,
            id="no build users group",
        ),
        pytest.param(
            "error: this system does not support the kernel namespaces that are required for "
            "sandboxing; use '--no-sandbox' to disable sandboxing",
            SandboxUnavailableError,
            id="no namespaces at all",
        ),
        pytest.param(
            "error: unable to make '/' private: Invalid argument",
            SandboxUnavailableError,
            id="root in a chroot",
        ),
        pytest.param(
            "error: opening pseudoterminal master: No such file or directory",
            SandboxUnavailableError,
            id="no device for pseudoterminals",
        ),
        pytest.param(
            "error: opening pseudoterminal master: No such device",
            SandboxUnavailableError,
            id="no file system of pseudoterminals",
        ),
        pytest.param(
            "error: writing to file: No space left on device", StoreFullError, id="disk full"
        ),
        pytest.param(
            "error: executing SQLite statement 'insert': database or disk is full (in '/x')",
            StoreFullError,
            id="disk full for the store's database",
        ),
        pytest.param(
            "error: executing SQLite statement 'pragma synchronous = normal': disk I/O error "
            "(in '/tmp/db.sqlite')",
            StoreUnwritableError,
            id="a broken disk, which has room (2.8.0)",
        ),
        pytest.param(
            "error: executing SQLite statement '\n  create table x\n': disk I/O error, "
            "disk I/O error (in '/dev/full/../x/db.sqlite')",
            StoreUnwritableError,
            id="a broken disk, which nobody can write (2.34.8)",
        ),
        pytest.param(
            "error: creating directory '/proc/xx': No such file or directory",
            StoreUnwritableError,
            id="a folder that cannot be",
        ),
        pytest.param(
            "error: could not set permissions on '/r/nix/var/nix/profiles/per-user' to 755: "
            "Operation not permitted",
            StoreUnwritableError,
            id="another's store",
        ),
        pytest.param(
            'error:\n  … while building\n\n       error: Path "/tmp" is world-writable or a '
            "symlink. That's not allowed for security.",
            StoreUnwritableError,
            id="a folder that anyone may enter (2.34.8)",
        ),
        pytest.param(
            "error: the path '/h/nix' is a symlink; this is not allowed for the Nix store and its "
            "parent directories",
            StoreUnwritableError,
            id="a link instead of the store's folder",
        ),
        pytest.param(
            "error: cannot connect to socket at '/nix/var/nix/daemon-socket/socket': "
            "No such file or directory",
            StoreUnwritableError,
            id="no daemon",
        ),
        pytest.param(
            'error: getting attributes of path "/usr/bin/bash-static": No such file or directory',
            SandboxUnavailableError,
            id="a file of the host that the daemon wants to show (2.34.8)",
        ),
        pytest.param(
            "error: getting attributes of path '/absent/shell': No such file or directory",
            SandboxUnavailableError,
            id="a file of the host that the daemon wants to show (2.8.0)",
        ),
        pytest.param(
            "error: getting attributes of path '/nix/store/x': No such file or directory",
            EvaluationFailedError,
            id="a path of the store that is gone",
        ),
        pytest.param("", EvaluationFailedError, id="silence"),
    ],
)
def test_what_nix_says_is_told_apart(said: str, kind: type[NoetherError]) -> None:
    error = to_error("building x", said.encode())

    assert type(error) is kind
    assert error.message.startswith("building x: ")
    assert "\x1b" not in error.message
    assert error.hint


def test_a_chroot_without_pseudoterminals_is_told_how_to_get_them() -> None:
    error = to_error("building x", b"error: opening pseudoterminal master: No such device")

    assert "mount -t devpts" in error.hint
    assert "pivot_root" in error.hint


def test_who_put_a_store_below_an_open_folder_is_sent_to_another_one() -> None:
    error = to_error("building x", b'error: Path "/tmp" is world-writable or a symlink.')

    assert "NOETHER_HOME" in error.hint
    assert "make the folder writable" not in error.hint


def test_what_a_builder_prints_is_not_taken_for_an_error_of_nix() -> None:
    said = b"x No space left on device\nerror: undefined variable 'y'"

    assert isinstance(to_error("building x", said), EvaluationFailedError)


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        pytest.param(exit_of(0), BuildEnd.BUILT, id="built"),
        pytest.param(
            exit_of(100, "error: No space left on device"), BuildEnd.BUILDER_FAILED, id="code first"
        ),
        pytest.param(exit_of(101), BuildEnd.TIMED_OUT, id="Nix's own time limit"),
        pytest.param(
            exit_of(1, "error: builder for '/nix/store/x.drv' failed with exit code 1;\n  last 1"),
            BuildEnd.BUILDER_FAILED,
            id="a daemon's builder failed (2.8.0)",
        ),
        pytest.param(
            exit_of(
                1,
                "error: Cannot build '/nix/store/x.drv'.\n       Reason: \x1b[31;1mbuilder failed "
                "with exit code 1\x1b[0m.\n       Output paths:",
            ),
            BuildEnd.BUILDER_FAILED,
            id="a daemon's builder failed (2.34.8)",
        ),
        pytest.param(exit_of(1, stopped=Stop.TIMED_OUT), BuildEnd.TIMED_OUT, id="ours"),
        pytest.param(exit_of(1, stopped=Stop.CANCELLED), BuildEnd.CANCELLED, id="cancelled"),
        pytest.param(exit_of(104), BuildEnd.NOT_DETERMINISTIC, id="two outputs"),
        pytest.param(exit_of(None, signal=9), BuildEnd.NIX_KILLED, id="Nix killed"),
        pytest.param(
            exit_of(
                1, f"error: builder for '{DRV}' failed to produce output path for output 'out'"
            ),
            BuildEnd.BUILDER_FAILED,
            id="no output",
        ),
    ],
)
def test_the_end_of_a_build_is_a_value(end: Exit, expected: BuildEnd) -> None:
    assert build_end(end, "x") is expected


def test_other_failures_of_a_build_are_errors() -> None:
    with pytest.raises(EvaluationFailedError, match=r"building f\.nix: undefined variable"):
        build_end(exit_of(1, "error: undefined variable 'x'"), "f.nix")


def test_a_good_end_is_handed_back_and_a_bad_one_raised() -> None:
    assert check_ended_well(exit_of(0), "x") == exit_of(0)
    with pytest.raises(EvaluationFailedError):
        check_ended_well(exit_of(None, signal=15), "x")


def test_root_without_build_users_is_told_how_to_make_some() -> None:
    with pytest.raises(SandboxUnavailableError, match="root never builds") as caught:
        check_build_users(0, "no-such-group")

    assert "groupadd --system nixbld" in caught.value.hint
    assert "useradd --system" in caught.value.hint


def test_a_group_whose_only_member_is_root_is_no_group_to_build_as() -> None:
    with pytest.raises(SandboxUnavailableError):
        check_build_users(0, "root")


def test_an_ordinary_user_needs_no_build_users() -> None:
    check_build_users(1000, "no-such-group")


@pytest.mark.parametrize(
    ("said", "gone"),
    [
        pytest.param("error: unexpected end-of-file", True, id="in the middle (2.8.0)"),
        pytest.param(
            "error:\n  … while building\n\n       error: Nix daemon disconnected unexpectedly "
            "(maybe it crashed?)",
            True,
            id="in the middle (2.34.8)",
        ),
        pytest.param(
            "error: cannot connect to socket at '/nix/var/nix/daemon-socket/socket': "
            "Connection refused",
            True,
            id="stopped",
        ),
        pytest.param("error: writing to file: Broken pipe", True, id="while it was given files"),
        pytest.param("error: path '/nix/store/x' is not valid", False, id="something else"),
        pytest.param(
            "error: builder for '/nix/store/a-b.drv' failed with exit code 1;\n"
            "       last 1 log lines:\n       > error: unexpected end-of-file",
            False,
            id="a builder's words",
        ),
    ],
)
def test_a_daemon_that_went_away_is_known_by_nix_s_last_words(said: str, gone: bool) -> None:
    assert says_daemon_gone(said.encode()) is gone
