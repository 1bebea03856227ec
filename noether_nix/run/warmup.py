"""What a first run waits for, got ready before: on request, or beside the checking of a graph."""

import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

from noether_nix.errors import NoetherError
from noether_nix.executor.inside_tree import is_placed, place_inside
from noether_nix.executor.nix import NixExecutor
from noether_nix.executor.probe import probe
from noether_nix.frozen import dataclass
from noether_nix.graph.dataflow import build_dataflow, every_call
from noether_nix.plan.planner import make_plan
from noether_nix.process.child import Cancellation
from noether_nix.run.house import House
from noether_nix.run.loading import LoadedGraph
from noether_nix.run.settings import Settings
from noether_nix.toolchain.current import find_toolchain


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that is ready now.

    Attributes:
        name: what it is: ``nix``, ``toolchain``, ``inside``, ``packages`` or ``sandbox``.
        message: what is there, in words.
        seconds: how long it took.
        there: it was there already.
    """

    name: str
    message: str
    seconds: float
    there: bool


def warm_up(house: House, loaded: LoadedGraph | None) -> Iterator[Step]:
    """Get everything ready that a run would wait for, and give each step when it is done.

    Args:
        house: where it is to be ready.
        loaded: a graph whose stages may need more than every stage does.

    Raises:
        ToolError: Nix, the toolchain or the sandbox cannot be had.
        StoreError: there is no room, or no right to write.
        StageInvalidError: a stage of the graph needs what cannot be had.
    """
    began = time.monotonic()
    version = house.nix_version
    yield Step("nix", f"{version} in {house.nix.programs.folder}", _since(began), there=True)
    yield _toolchain(house)
    yield _inside(house)
    if loaded is not None:
        yield _packages(house, loaded)
    began = time.monotonic()
    level = probe(_executor(house), house.interpreter).level
    yield Step("sandbox", f"{level}, seen from inside", _since(began), there=True)


def _toolchain(house: House) -> Step:
    began = time.monotonic()
    there = _has_toolchain(house)
    interpreter = house.interpreter
    words = f"Python {interpreter.version} ({interpreter.provider}) {interpreter.toolchain}"
    return Step("toolchain", words, _since(began), there=there)


def _inside(house: House) -> Step:
    began = time.monotonic()
    there = is_placed(house.nix)
    path = _place(house)
    return Step("inside", f"the code that runs in the sandbox {path}", _since(began), there=there)


def _packages(house: House, loaded: LoadedGraph) -> Step:
    began = time.monotonic()
    flow = build_dataflow(loaded.checked)
    # Raises what a run raises where a stage needs more than a Python.
    make_plan(flow, house.interpreter, house.settings.limits or {})
    distinct = {call.stage.id for call in every_call(flow)}
    stages = "the one stage needs" if len(distinct) == 1 else f"{len(distinct)} stages need"
    words = f"{stages} nothing but the toolchain"
    return Step("packages", words, _since(began), there=True)


def _executor(house: House) -> NixExecutor:
    return NixExecutor(house.nix, house.settings.home / "tmp", least=house.settings.level)


def _place(house: House) -> str:
    return str(place_inside(house.nix, house.settings.home / "tmp"))


def _since(began: float) -> float:
    return time.monotonic() - began


# ---------------------------------------------------------------- beside the checking of a graph


def get_ready_ahead(house: House) -> None:
    """Begin, in a thread, with what a run needs and is not there; what is there costs nothing.

    Whoever then asks the house for the interpreter waits for it, and gets its error.
    """
    if not is_ready(house):
        house.wait_for(Ahead(house.settings, say=house.say))


def is_ready(house: House) -> bool:
    """Whether toolchain and in-sandbox code lie in the store; where that cannot be told, yes.

    What is wrong then is the business of whoever needs them.
    """
    try:
        return _has_toolchain(house) and is_placed(house.nix)
    except NoetherError:
        return True


def _has_toolchain(house: House) -> bool:
    known = find_toolchain(house.database)
    return known is not None and house.nix.physical(known.path).exists()


class Ahead:
    """A thread that gets ready what a run needs, in a house of its own.

    Leaving the context ends it, whatever it is doing: nothing of it stays behind.
    """

    def __init__(self, settings: Settings, *, say: Callable[[str], None]) -> None:
        self._settings = settings
        self._say = say
        self._cancellation = Cancellation()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="ahead")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._cancellation.cancel()
        self._thread.join()
        self._cancellation.close()

    def wait(self) -> None:
        """Return when all is ready.

        Raises:
            NoetherError: why it is not.
        """
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _work(self) -> None:
        try:
            with House(self._settings, say=self._say, cancellation=self._cancellation) as house:
                _ = house.interpreter
                _place(house)
        except BaseException as error:  # noqa: BLE001 - raised in the thread that waits
            self._error = error
