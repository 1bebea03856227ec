from pathlib import Path

from noether_nix.toolchain.selection import extension_modules, library_files, zone_files


def make(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def test_the_standard_library_comes_without_tests_windows_and_other_people_s_packages(
    tmp_path: Path,
) -> None:
    library = make(
        tmp_path,
        "os.py",
        "json/__init__.py",
        "json/tool.py",
        "json/__pycache__/tool.cpython-311.pyc",
        "email/architecture.rst",
        "unittest/case.py",
        "unittest/test/test_case.py",
        "ctypes/test/x.py",
        "test/support.py",
        "tkinter/__init__.py",
        "turtle.py",
        "turtledemo/x.py",
        "idlelib/x.py",
        "lib2to3/x.py",
        "ensurepip/x.whl",
        "site-packages/numpy/x.py",
        "dist-packages/apt/x.py",
        "config-3.11-x86_64-linux-gnu/libpython3.11.a",
        "lib-dynload/_json.so",
        "sitecustomize.py",
        "EXTERNALLY-MANAGED",
    )

    assert list(library_files(library)) == [
        "os.py",
        "email/architecture.rst",
        "json/__init__.py",
        "json/tool.py",
        "unittest/case.py",
    ]


def test_extension_modules_come_without_those_that_test_python(tmp_path: Path) -> None:
    folder = make(
        tmp_path, "_json.so", "_testcapi.so", "_tkinter.so", "xxlimited_35.so", "math.so", "x.py"
    )

    assert [file.name for file in extension_modules(folder)] == ["_json.so", "math.so"]
    assert list(extension_modules(tmp_path / "absent")) == []


def test_each_time_zone_comes_once(tmp_path: Path) -> None:
    zones = make(
        tmp_path,
        "UTC",
        "Europe/Berlin",
        "America/Indiana/Knox",
        "posix/UTC",
        "right/UTC",
        "localtime",
        "posixrules",
        "tzdata.zi",
    )

    assert list(zone_files(zones)) == ["UTC", "tzdata.zi", "America/Indiana/Knox", "Europe/Berlin"]
    assert list(zone_files(tmp_path / "absent")) == []
