"""Keys, signatures and narinfo files are understood by the real Nix, and the other way round."""

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from noether_nix.formats.nar import nar_hash_of_tree, write_nar
from noether_nix.formats.nar_tree import RegularFile
from noether_nix.formats.narinfo import NarInfo
from noether_nix.formats.signature import PublicKey, SecretKey
from noether_nix.formats.store_path import StorePath, text_path

pytestmark = pytest.mark.nix


def nix(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    (folder / "home").mkdir(exist_ok=True)
    return subprocess.run(
        [*command, "--option", "substituters", ""],
        env={"PATH": os.environ["PATH"], "HOME": str(folder / "home")},
        capture_output=True,
        text=True,
        check=False,
    )


def copy(folder: Path, source: str, target: str, path: StorePath, *options: str) -> str:
    """Copy ``path`` between stores; what Nix complained about, or nothing."""
    command = ["nix", "--extra-experimental-features", "nix-command", "copy", *options]
    done = nix(folder, *command, "--from", source, "--to", target, str(path))
    return done.stderr if done.returncode else ""


def made_by_nix(folder: Path) -> tuple[SecretKey, PublicKey]:
    secret, public = folder / "secret", folder / "public"
    files = [str(secret), str(public)]
    done = nix(folder, "nix-store", "--generate-binary-cache-key", "nix-1", *files)
    assert done.returncode == 0, done.stderr
    return SecretKey.parse(secret.read_text()), PublicKey.parse(public.read_text())


def publish(cache: Path, key: SecretKey, content: bytes) -> NarInfo:
    """Write a binary cache that holds one value, with nothing but our own code."""
    tree = RegularFile(content)
    digest, size = nar_hash_of_tree(tree)
    # Not content-addressed in the narinfo, so that Nix must rely on the signature.
    path = text_path("value.json", content)
    info = NarInfo(
        store_path=path,
        url=f"nar/{digest.nix32}.nar",
        compression="none",
        nar_hash=digest,
        nar_size=size,
        file_hash=digest,
        file_size=size,
    ).signed_with(key)
    (cache / "nar").mkdir(parents=True)
    (cache / "nix-cache-info").write_text("StoreDir: /nix/store\n")
    (cache / f"{path.digest}.narinfo").write_text(info.render())
    with (cache / info.url).open("wb") as file:
        write_nar(tree, file)
    return info


def test_a_key_made_by_nix_is_read_and_its_halves_belong_together(tmp_path: Path) -> None:
    secret, public = made_by_nix(tmp_path)

    assert secret.public_key == public
    assert secret.render() == (tmp_path / "secret").read_text()


def test_a_narinfo_that_nix_wrote_and_signed_is_read_whole(tmp_path: Path) -> None:
    secret, public = made_by_nix(tmp_path)
    (tmp_path / "value.json").write_bytes(b"[1]")
    store = str(tmp_path / "store")
    added = nix(tmp_path, "nix-store", "--store", store, "--add", str(tmp_path / "value.json"))
    path = StorePath.parse(added.stdout.strip())
    context = f'builtins.appendContext "{path}" {{ "{path}" = {{ path = true; }}; }}'
    flags = ["--store", store, "--eval", "--read-write-mode", "--expr"]
    made = nix(tmp_path, "nix-instantiate", *flags, f'builtins.toFile "user" ({context})')
    user = StorePath.parse(made.stdout.strip().strip('"'))
    cache = tmp_path / "cache"

    assert not copy(tmp_path, store, f"file://{cache}?secret-key={tmp_path}/secret", user)
    text = (cache / f"{user.digest}.narinfo").read_text()
    info = NarInfo.parse(text)

    assert user == text_path("user", str(path).encode(), [path])
    assert info.render() == text
    assert info.references == (path,)
    assert info.is_signed_by(public)
    assert info.signed_with(secret) == info
    assert not replace(info, references=()).is_signed_by(public)


def test_a_cache_written_and_signed_here_is_believed_by_nix(tmp_path: Path) -> None:
    key = SecretKey.generate("ours-1")
    info = publish(tmp_path / "cache", key, b'{"n":1}')
    store = tmp_path / "store"
    options = ["--option", "require-sigs", "true", "--option", "trusted-public-keys"]

    complaint = copy(
        tmp_path,
        f"file://{tmp_path}/cache",
        str(store),
        info.store_path,
        *options,
        str(key.public_key),
    )

    assert not complaint
    assert (store / "nix/store" / info.store_path.base_name).read_bytes() == b'{"n":1}'


def test_a_cache_signed_by_another_key_of_that_name_is_not_believed(tmp_path: Path) -> None:
    info = publish(tmp_path / "cache", SecretKey.generate("ours-1"), b'{"n":1}')
    other = SecretKey.generate("ours-1").public_key
    options = ["--option", "require-sigs", "true", "--option", "trusted-public-keys", str(other)]
    source, target = f"file://{tmp_path}/cache", str(tmp_path / "store")

    assert "signature" in copy(tmp_path, source, target, info.store_path, *options)
