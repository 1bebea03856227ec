from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.errors import FormatError
from noether_nix.formats import base32
from noether_nix.formats.digest import Digest
from noether_nix.formats.narinfo import NarInfo
from noether_nix.formats.signature import PublicKey, SecretKey, Signature
from noether_nix.formats.store_path import StorePath

# A real one, with the public key of the cache that signed it.
REAL = """\
StorePath: /nix/store/00bgd045z0d4icpbc2yyz4gx48ak44la-net-tools-1.60_p20170221182432
URL: nar/1094wph9z4nwlgvsd53abfz8i117ykiv5dwnq9nnhz846s7xqd7d.nar.xz
Compression: xz
FileHash: sha256:1094wph9z4nwlgvsd53abfz8i117ykiv5dwnq9nnhz846s7xqd7d
FileSize: 114980
NarHash: sha256:0lxjvvpr59c2mdram7ympy5ay741f180kv3349hvfc3f8nrmbqf6
NarSize: 464152
References: 7gx4kiv5m0i7d7qkixq2cwzbr10lvxwc-glibc-2.27
Deriver: 10dx1q4ivjb115y3h90mipaaz533nr0d-net-tools-1.60_p20170221182432.drv
Sig: cache.nixos.org-1:\
sn5s/RrqEI+YG6/PjwdbPjcAC7rcta7sJU4mFOawGvJBLsWkyLtBrT2EuFt/LJjWkTZ+ZWOI9NTtjo/woMdvAg==
Sig: hydra.other.net-1:\
JXQ3Z/PXf0EZSFkFioa4FbyYpbbTbHlFBtZf4VqU0tuMTWzhMD7p9Q7acJjLn3jofOtilAAwRILKIfVuyrbjAA==
"""
REAL_KEY = PublicKey.parse("cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=")

names = st.from_regex(r"[a-z][a-z0-9._-]{0,10}", fullmatch=True)
paths = st.builds(
    StorePath, st.text(st.sampled_from(base32.ALPHABET), min_size=32, max_size=32), names
)
digests = st.binary(min_size=32, max_size=32).map(lambda raw: Digest("sha256", raw))
sizes = st.integers(1, 2**62)
words = st.from_regex(r"[!-~]{1,20}", fullmatch=True)
signatures = st.builds(Signature, names, st.binary(min_size=64, max_size=64))
narinfos = st.builds(
    NarInfo,
    store_path=paths,
    url=names.map("nar/{}".format),
    compression=st.sampled_from(["none", "xz", "zstd"]),
    nar_hash=digests,
    nar_size=sizes,
    references=st.lists(paths, max_size=3, unique=True).map(lambda found: tuple(sorted(found))),
    file_hash=st.none() | digests,
    file_size=st.none() | sizes,
    deriver=st.none() | paths,
    system=st.none() | words,
    signatures=st.lists(signatures, max_size=3).map(tuple),
    content_address=st.none() | words,
)


def test_a_real_narinfo_is_read_written_and_its_signature_holds() -> None:
    info = NarInfo.parse(REAL)

    assert info.render() == REAL
    assert info.is_signed_by(REAL_KEY)
    assert not replace(info, nar_size=464153).is_signed_by(REAL_KEY)


@given(narinfos)
def test_what_is_written_is_read_back(info: NarInfo) -> None:
    assert NarInfo.parse(info.render()) == info


@given(narinfos)
def test_what_is_signed_is_signed_by_that_key_only(info: NarInfo) -> None:
    key = SecretKey("test-1", bytes(32))
    signed = info.signed_with(key)

    assert signed.is_signed_by(key.public_key)
    assert not signed.is_signed_by(SecretKey("test-1", b"1" * 32).public_key)
    assert signed.signed_with(key) == signed
    assert NarInfo.parse(signed.render()).is_signed_by(key.public_key)


def test_a_signature_does_not_cover_where_the_archive_lies() -> None:
    info = replace(NarInfo.parse(REAL), url="nar/x.nar", compression="none", file_size=None)

    assert info.is_signed_by(REAL_KEY)


def test_the_order_of_references_does_not_matter() -> None:
    one, two = StorePath("0" * 32, "a"), StorePath("1" * 32, "b")
    info = replace(NarInfo.parse(REAL), references=(two, one))

    assert info.fingerprint() == replace(info, references=(one, two)).fingerprint()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("Compression: xz\n", "", id="no compression is bzip2"),
        pytest.param("NarSize:", "Future: 1\nNarSize:", id="a field of the future"),
        pytest.param(
            "References: 7gx4kiv5m0i7d7qkixq2cwzbr10lvxwc-glibc-2.27", "References:", id="none"
        ),
        pytest.param(
            "Deriver: 10dx1q4ivjb115y3h90mipaaz533nr0d-net-tools-1.60_p20170221182432.drv",
            "Deriver: unknown-deriver",
            id="no deriver",
        ),
    ],
)
def test_a_narinfo_that_other_caches_write_is_read(old: str, new: str) -> None:
    info = NarInfo.parse(REAL.replace(old, new))

    assert old in REAL
    assert NarInfo.parse(info.render()) == info


def line(name: str) -> str:
    return next(line for line in REAL.splitlines(keepends=True) if line.startswith(name))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(REAL, "", id="nothing"),
        pytest.param(line("StorePath"), "", id="no path"),
        pytest.param(line("URL"), "", id="no place"),
        pytest.param(line("NarHash"), "", id="no hash"),
        pytest.param(line("NarSize"), "", id="no size"),
        pytest.param(line("NarSize"), line("NarSize") * 2, id="a field twice"),
        pytest.param(line("NarSize"), "NarSize: -1\n", id="a negative size"),
        pytest.param(line("NarSize"), "NarSize: 0\n", id="a size of nothing"),
        pytest.param(line("NarSize"), "NarSize: ٣\n", id="a size in other digits"),
        pytest.param(line("NarSize"), "NarSize: 1_0\n", id="a size for Python"),
        pytest.param(line("NarSize"), "NarSize:1\n", id="no space"),
        pytest.param(line("NarSize"), "NarSize: 1\r\n", id="a foreign line end"),
        pytest.param(line("NarHash"), f"NarHash: sha1:{'0' * 32}\n", id="another hash"),
        pytest.param(line("NarHash"), f"NarHash: {'0' * 52}\n", id="a hash without algorithm"),
        pytest.param(line("URL"), "URL: ../x.nar\n", id="a place above the cache"),
        pytest.param(line("URL"), "URL: nar/../../x.nar\n", id="a place above, by a detour"),
        pytest.param(line("URL"), "URL: /etc/passwd\n", id="an absolute place"),
        pytest.param(line("URL"), "URL: file:///etc/passwd\n", id="another server"),
        pytest.param(line("URL"), "URL: \n", id="an empty place"),
        pytest.param("Sig: cache.nixos.org-1:", "Sig: cache.nixos.org-1", id="no signature"),
        pytest.param("References: ", "References: ../", id="a reference elsewhere"),
        pytest.param("Deriver: ", "Deriver: /nix/store/", id="a deriver with its folder"),
        pytest.param("VuyrbjAA==\n", "VuyrbjAA==", id="cut off"),
        pytest.param("Compression", "\nCompression", id="an empty line"),
    ],
)
def test_a_narinfo_that_cannot_be_believed_is_refused(old: str, new: str) -> None:
    assert old in REAL
    with pytest.raises(FormatError):
        NarInfo.parse(REAL.replace(old, new))


@given(st.text(max_size=20), st.integers(0, len(REAL)), st.integers(0, 30))
def test_reading_damage_raises_only_our_error(piece: str, place: int, removed: int) -> None:
    try:
        info = NarInfo.parse(REAL[:place] + piece + REAL[place + removed :])
    except FormatError:
        return
    assert NarInfo.parse(info.render()) == info
