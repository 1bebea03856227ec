"""Which sandbox does this machine really give? A build without calls, and what it proves."""

from noether_nix.errors import BuilderLostError
from noether_nix.executor.interface import Executor, ExecutorEvent, SandboxProved
from noether_nix.inside.region import Region
from noether_nix.plan.interpreter import Interpreter

_NOTHING = Region(
    token="",
    parallel=1,
    stop_at_failure=False,
    programs=(),
    calls=(),
    values=("null",),
    input=0,
    known={},
)


def probe(executor: Executor, interpreter: Interpreter) -> SandboxProved:
    """Build a region in which there is nothing to run, for what is seen from inside.

    Raises:
        SandboxUnavailableError: no isolation that the executor accepts stands.
        BuilderLostError: the build ended before it could look at itself.
        ToolError: Nix could not do its part.
    """
    proved: list[SandboxProved] = []

    def hear(event: ExecutorEvent) -> None:
        if isinstance(event, SandboxProved):
            proved.append(event)

    executor.execute(_NOTHING, interpreter, {}, hear)
    if not proved:
        raise BuilderLostError("a build without calls ended and said nothing of its sandbox")
    return proved[-1]
