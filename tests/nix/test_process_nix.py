import os
import pwd
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from noether_nix.errors import (
    EvaluationFailedError,
    FormatError,
    SettingInvalidError,
    StoreUnwritableError,
)
from noether_nix.formats.digest import Digest
from noether_nix.formats.nar import nar_hash_of_path
from noether_nix.formats.store_path import StorePath, fixed_flat_path, fixed_recursive_path
from noether_nix.process.child import Cancellation, run
from noether_nix.process.nix import Nix
from noether_nix.process.nix_build import BuildEnd, NixBuild
from noether_nix.process.nix_programs import NixPrograms, NixVersion, read_version
from noether_nix.process.system import read_facts
from tests.nix.lesser_kernels import lesser_nix
from tests.nix.which_nix import PROGRAMS

pytestmark = pytest.mark.nix

PROJECT = Path(__file__).parents[2]
# One that every user may start; what is tested needs the standard library only.
PYTHON = "/usr/bin/python3"
REFUSING_KERNEL = PROJECT / "tests/nix/without.py"

# The program's own folder keeps its name: busybox acts by the name with which it is called.
BUILD = """
{{ marker ? "none" }}:
derivation {{
  name = "test";
  system = "{system}";
  builder = "${{builtins.appendContext "{shell}" {{ "{shell}" = {{ path = true; }}; }}}}/busybox";
  args = [ "sh" "-c" "{script}" ];
  inherit marker;
  preferLocalBuild = true;
  busybox = "{shell}/busybox";
}}
"""


@pytest.fixture
def nix(tmp_path: Path) -> Nix:
    return Nix(PROGRAMS, tmp_path / "home/nix")


def add_shell(nix: Nix, scratch: Path) -> StorePath:
    folder = scratch / "shell"
    folder.mkdir(exist_ok=True)
    shutil.copy("/usr/bin/busybox", folder / "busybox")
    return nix.add_tree(folder)


@pytest.fixture
def write_build(nix: Nix, tmp_path: Path) -> Callable[[str], Path]:
    shell = add_shell(nix, tmp_path)

    def write(script: str) -> Path:
        file = tmp_path / "build.nix"
        file.write_text(BUILD.format(system=read_facts().system, shell=shell, script=script))
        return file

    return write


def test_the_nix_of_this_machine_is_found_and_new_enough(tmp_path: Path) -> None:
    assert read_version(PROGRAMS, home=tmp_path).numbers >= (2, 8, 0)
    assert isinstance(read_version(PROGRAMS, home=tmp_path), NixVersion)


def test_the_store_lies_in_our_folder_for_our_eyes_only(nix: Nix, tmp_path: Path) -> None:
    nix.folder.mkdir(parents=True, mode=0o755)
    (tmp_path / "value.json").write_bytes(b"[1]")

    path = nix.add_flat_file(tmp_path / "value.json")

    assert nix.folder.stat().st_mode & 0o777 == 0o700
    assert nix.physical(path).read_bytes() == b"[1]"
    assert nix.physical(path).is_relative_to(nix.folder)


def test_added_files_and_trees_lie_where_the_formats_say(nix: Nix, tmp_path: Path) -> None:
    files = [tmp_path / "a.json", tmp_path / "b.json"]
    for file in files:
        file.write_text(file.name)
    tree = tmp_path / "tree"
    (tree / "sub").mkdir(parents=True)
    (tree / "sub/file").write_text("x")

    assert nix.add_flat_files(files) == tuple(
        fixed_flat_path(file.name, Digest.of(file.read_bytes()).raw) for file in files
    )
    assert nix.add_flat_files([]) == ()
    digest, _size = nar_hash_of_path(tree)
    path = nix.add_tree(tree)
    assert path == fixed_recursive_path("tree", digest.raw)
    assert nix.nar_hash(path) == digest


def test_a_name_that_nix_does_not_take_is_refused_before_it_is_asked(
    nix: Nix, tmp_path: Path
) -> None:
    (tmp_path / "ä b").touch()

    with pytest.raises(FormatError, match="no name for a store path"):
        nix.add_flat_file(tmp_path / "ä b")


def test_a_file_is_found_missing_altered_and_sound(nix: Nix, tmp_path: Path) -> None:
    (tmp_path / "value.json").write_bytes(b"1")
    path = nix.add_flat_file(tmp_path / "value.json")
    stranger = StorePath("0" * 32, "stranger")

    assert nix.verify(path)
    assert not nix.verify(stranger)
    assert nix.find_missing([path, stranger]) == (stranger,)
    assert nix.find_missing([]) == ()
    assert nix.nar_hash(stranger) is None
    nix.physical(path).chmod(0o644)
    nix.physical(path).write_bytes(b"2")
    assert not nix.verify(path)
    nix.physical(path).unlink()
    assert not nix.verify(path)


def test_a_nar_is_handed_over_in_pieces(nix: Nix, tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(os.urandom(3 << 20))
    path = nix.add_flat_file(tmp_path / "large")
    pieces: list[bytes] = []

    nix.dump(path, pieces.append)

    assert Digest.of(b"".join(pieces)) == nix.nar_hash(path)


def test_garbage_is_what_no_root_holds(nix: Nix, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("kept", "moved", "loose")]
    for file in files:
        file.write_text(file.name)
    kept, moved, loose = nix.add_flat_files(files)
    nix.add_root("one", kept)
    nix.add_root("two", moved)
    nix.add_root("two", kept)

    assert set(nix.collect_garbage(only_print=True)) == {moved, loose}
    assert nix.physical(loose).exists()
    assert set(nix.collect_garbage()) == {moved, loose}
    assert not nix.physical(loose).exists()
    assert nix.physical(kept).read_text() == "kept"
    nix.drop_root("two")
    assert nix.collect_garbage() == ()
    nix.drop_root("one")
    nix.drop_root("one")
    assert nix.collect_garbage() == (kept,)


def test_threads_may_spare_the_same_path_at_the_same_time(nix: Nix, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("kept")
    path = nix.add_flat_file(tmp_path / "kept")
    faults: list[StoreUnwritableError] = []

    def spare() -> None:
        try:
            for _ in range(200):
                nix.add_root("one", path)
        except StoreUnwritableError as error:
            faults.append(error)

    threads = [threading.Thread(target=spare) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []
    assert "one" in [link.name for link in nix.roots_folder.iterdir()]


def test_an_expression_becomes_a_derivation(nix: Nix) -> None:
    text = 'derivation { name = "x"; system = "s"; builder = "/b"; padding = "%s"; }'

    path = nix.instantiate(text % ("y" * 300_000))

    assert path.name == "x.drv"
    assert nix.physical(path).read_text().startswith("Derive(")


def test_a_build_gives_its_output_and_its_log_as_it_comes(
    nix: Nix, write_build: Callable[[str], Path]
) -> None:
    lines: list[bytes] = []

    build = nix.build_file(
        write_build("echo hello $marker; echo -n $marker > $out"),
        arguments={"marker": "deep"},
        on_line=lines.append,
    )

    assert build.end is BuildEnd.BUILT
    assert build.out is not None
    assert nix.physical(build.out).read_text() == "deep"
    assert b"hello deep" in lines


SEEN = (
    "b=$busybox; $b id -u > $out; $b cat /proc/self/uid_map >> $out; $b ls / /dev >> $out; "
    "$b cat /proc/net/dev >> $out; $b env >> $out"
)


def seen_in_sandbox(nix: Nix, build: NixBuild) -> str:
    assert build.out is not None, build.exit.stderr_tail
    return nix.physical(build.out).read_text()


def test_a_builder_sees_a_sandbox_and_nothing_of_the_host(
    nix: Nix, write_build: Callable[[str], Path]
) -> None:
    seen = seen_in_sandbox(nix, nix.build_file(write_build(SEEN)))

    user, uid_map, rest = seen.split("\n", 2)
    assert user == "1000"
    assert uid_map.split()[0] == "1000"
    assert uid_map.split()[1] != "0", "the kernel's root builds nothing"
    lines = rest.splitlines()
    assert lines[1:7] == ["build", "dev", "etc", "nix", "proc", "tmp"]
    assert "kvm" not in lines
    devices = [line.partition(":")[0].strip() for line in lines if re.match(r" *\w+: ", line)]
    assert devices == ["lo"]
    assert "HOME=/homeless-shelter" in lines


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        pytest.param("exit 3", BuildEnd.BUILDER_FAILED, id="a code"),
        pytest.param("exit 0", BuildEnd.BUILDER_FAILED, id="no output"),
        pytest.param("kill -9 $$", BuildEnd.BUILDER_FAILED, id="a signal"),
    ],
)
def test_a_failing_builder_is_a_value(
    nix: Nix, write_build: Callable[[str], Path], script: str, expected: BuildEnd
) -> None:
    build = nix.build_file(write_build(script))

    assert (build.end, build.out) == (expected, None)


def test_the_same_build_again_can_be_compared(nix: Nix, write_build: Callable[[str], Path]) -> None:
    steady = write_build("echo same > $out")
    nix.build_file(steady)
    assert nix.build_file(steady, check=True).end is BuildEnd.BUILT

    dice = write_build("read x < /proc/sys/kernel/random/uuid; echo $x > $out")
    nix.build_file(dice)
    assert nix.build_file(dice, check=True).end is BuildEnd.NOT_DETERMINISTIC


def test_a_refused_expression_is_an_error_with_its_own_words(nix: Nix, tmp_path: Path) -> None:
    (tmp_path / "bad.nix").write_text("{ a = undefined_name; }.a")

    with pytest.raises(EvaluationFailedError, match="undefined_name"):
        nix.build_file(tmp_path / "bad.nix")


def builders_named(marker: str) -> list[int]:
    """The running processes that have ``marker`` in their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"marker={marker}\0".encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


FOREVER = "echo running; trap : TERM INT HUP; while true; do read x < /dev/zero; done"


@pytest.mark.parametrize("how", ["timeout", "cancelled", "raised"])
def test_a_stopped_build_leaves_no_builder(
    nix: Nix, write_build: Callable[[str], Path], how: str, tmp_path: Path
) -> None:
    marker = f"{how}-{os.getpid()}"
    watched: list[int] = []

    with Cancellation() as cancellation:

        def listen(line: bytes) -> None:
            if line == b"running":
                watched.extend(os.pidfd_open(pid) for pid in builders_named(marker))
                if how == "cancelled":
                    cancellation.cancel()
                if how == "raised":
                    raise KeyboardInterrupt

        def build() -> NixBuild:
            return nix.build_file(
                write_build(FOREVER),
                arguments={"marker": marker},
                on_line=listen,
                timeout_seconds=3 if how == "timeout" else 60,
                cancellation=cancellation,
            )

        if how == "raised":
            with pytest.raises(KeyboardInterrupt):
                build()
        else:
            end = build().end
            assert end is (BuildEnd.TIMED_OUT if how == "timeout" else BuildEnd.CANCELLED)

    assert watched
    for descriptor in watched:
        assert _ends_within(descriptor, 2)
        os.close(descriptor)


def test_a_killed_noether_takes_nix_and_its_builder_with_it(
    nix: Nix, write_build: Callable[[str], Path]
) -> None:
    marker = f"killed-{os.getpid()}"
    file = write_build(FOREVER)
    code = (
        "from pathlib import Path\n"
        "from noether_nix.process.nix import Nix\n"
        "from noether_nix.process.nix_programs import NixPrograms\n"
        f"nix = Nix(NixPrograms(Path({str(PROGRAMS.folder)!r})), Path({str(nix.folder)!r}))\n"
        f"nix.build_file(Path({str(file)!r}), arguments={{'marker': {marker!r}}},\n"
        "               on_line=lambda line: print(line.decode(), flush=True))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": str(PROJECT), "PATH": "/usr/bin:/bin"},
    ) as ours:
        assert ours.stdout is not None
        while ours.stdout.readline() != b"running\n":
            pass
        watched = [os.pidfd_open(pid) for pid in builders_named(marker)]

        ours.send_signal(signal.SIGKILL)

    assert watched
    for descriptor in watched:
        assert _ends_within(descriptor, 20)
        os.close(descriptor)


def _ends_within(descriptor: int, seconds: float) -> bool:
    return bool(select.select([descriptor], [], [], seconds)[0])


def test_other_people_s_configuration_changes_nothing(
    nix: Nix, write_build: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nix.conf").write_text("sandbox = false\nmax-jobs = 0\n")
    for name in ("NIX_CONF_DIR", "NIX_USER_CONF_FILES", "NIX_REMOTE", "NIX_STORE_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("NIX_CONFIG", "sandbox = false")

    seen = seen_in_sandbox(nix, nix.build_file(write_build("echo /* > $out")))

    assert "usr" not in seen


# ---------------------------------------------------------------- other users, other kernels

AS_SOMEBODY = """
import sys
from pathlib import Path
from noether_nix.errors import NoetherError
from noether_nix.process.nix import Nix
from noether_nix.process.nix_programs import NixPrograms
nix = Nix(NixPrograms(Path(sys.argv[1])), Path(sys.argv[2]))
nix.add_tree(Path(sys.argv[3]))
try:
    build = nix.build_file(Path(sys.argv[4]))
except NoetherError as error:
    print(error.code)
else:
    print(build.end, build.out and nix.physical(build.out).read_text())
"""


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter, unlike pytest's own, with our code in it."""
    with tempfile.TemporaryDirectory(prefix="noether-test-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        shutil.copytree(
            PROJECT / "noether_nix",
            folder / "noether_nix",
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        shutil.copy(REFUSING_KERNEL, folder)
        yield folder


def build_as(
    folder: Path, prefix: tuple[str, ...], user: int | None, write: Callable[[str], Path]
) -> str:
    """Build in a private store of another user, in another kernel; returns how it ended."""
    shell = folder / "shell"
    shell.mkdir(exist_ok=True)
    shutil.copy("/usr/bin/busybox", shell / "busybox")
    home = folder / "home"
    home.mkdir(mode=0o700, exist_ok=True)
    if user is not None:
        os.chown(home, user, user)
    file = folder / "build.nix"
    shutil.copy(write("read a b c < /proc/self/uid_map; echo $b > $out"), file)
    file.chmod(0o644)
    arguments = (PROGRAMS.folder, home / "nix", shell, file)
    end = run(
        (*prefix, PYTHON, "-B", "-c", AS_SOMEBODY, *map(str, arguments)),
        environment={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin"},
        directory=folder,
        user=user,
    )
    return end.stdout.decode().strip() or end.stderr_tail.decode()


def test_an_ordinary_user_without_a_name_builds_as_himself(
    open_folder: Path, write_build: Callable[[str], Path]
) -> None:
    user = 54321 if os.geteuid() == 0 else os.geteuid()

    said = build_as(open_folder, (), user if os.geteuid() == 0 else None, write_build)

    assert said == f"built {user}"


def test_an_ordinary_user_whose_kernel_refuses_user_namespaces_is_refused(
    open_folder: Path, write_build: Callable[[str], Path]
) -> None:
    user = 54321 if os.geteuid() == 0 else None
    prefix = (PYTHON, str(open_folder / REFUSING_KERNEL.name), "user-namespaces")

    assert build_as(open_folder, prefix, user, write_build) == "sandbox-unavailable"


@pytest.mark.skipif(os.geteuid() != 0, reason="others build as themselves")
def test_root_s_builds_run_as_users_that_no_other_store_has(
    nix: Nix, write_build: Callable[[str], Path], tmp_path: Path
) -> None:
    other = Nix(PROGRAMS, tmp_path / "other")
    other.prepare()

    build = nix.build_file(write_build("read a b c < /proc/self/uid_map; echo $b > $out"))

    assert build.out is not None
    ours, theirs = nix.build_users(), other.build_users()
    assert ours is not None
    assert theirs is not None
    assert int(nix.physical(build.out).read_text()) in ours.users
    assert set(ours.users).isdisjoint(theirs.users)
    assert set(ours.users).isdisjoint(entry.pw_uid for entry in pwd.getpwall())


def test_a_store_below_a_private_folder_can_be_built_in(
    tmp_path: Path, write_build: Callable[[str], Path], nix: Nix
) -> None:
    nix.folder.parent.chmod(0o700)
    tmp_path.chmod(0o700)

    assert nix.build_file(write_build("echo x > $out")).end is BuildEnd.BUILT


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StoreUnwritableError, match="file/nix"):
        Nix(PROGRAMS, tmp_path / "file/nix").prepare()


def test_a_folder_that_nix_would_misread_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingInvalidError, match="question mark"):
        Nix(PROGRAMS, tmp_path / "a?b").prepare()


def test_builds_of_several_threads_do_not_disturb_each_other(
    nix: Nix, write_build: Callable[[str], Path]
) -> None:
    file = write_build("echo $marker > $out")
    builds: list[NixBuild] = []
    threads = [
        threading.Thread(
            target=lambda number: builds.append(
                nix.build_file(file, arguments={"marker": str(number)})
            ),
            args=(number,),
        )
        for number in range(4)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({build.out for build in builds}) == 4
    assert {build.end for build in builds} == {BuildEnd.BUILT}


def test_that_a_kernel_has_no_filter_for_nix_is_found_out_once(
    nix: Nix, write_build: Callable[[str], Path], tmp_path: Path
) -> None:
    programs = lesser_nix(tmp_path / "programs", "alone in namespaces")
    started = tmp_path / "started"
    builder = programs / "nix-build"
    builder.write_text(builder.read_text().replace("exec ", f"echo >> '{started}'\nexec ", 1))
    unfiltered = replace(nix, programs=NixPrograms(programs))
    file = write_build("echo $marker > $out")

    ends = [
        unfiltered.build_file(file, arguments={"marker": str(number)}).end for number in range(3)
    ]

    assert ends == [BuildEnd.BUILT] * 3
    assert started.read_text() == "\n" * 4
