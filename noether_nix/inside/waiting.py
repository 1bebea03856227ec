"""Who waits for whom: calls by index, and what else must be over before others can begin.

It runs inside the sandbox too: the standard library alone, nothing of ours.
"""

from collections.abc import Iterable, Sequence


class Waiting:
    """What has been added and not begun, each with what it still lacks."""

    def __init__(self) -> None:
        self._lacking: dict[int, set[int]] = {}
        self._users: dict[int, list[int]] = {}

    def add(self, index: int, lacking: Iterable[int]) -> bool:
        """Let ``index`` wait for all of ``lacking``; says whether there is nothing to wait for."""
        needs = self._lacking[index] = set(lacking)
        for needed in needs:
            self._users.setdefault(needed, []).append(index)
        return not needs

    def settle(self, index: int) -> list[int]:
        """Those that need not wait any more now that nobody need wait for ``index``."""
        freed = []
        for user in self._users.get(index, ()):
            needs = self._lacking[user]
            if index in needs:
                needs.discard(index)
                if not needs:
                    freed.append(user)
        return freed

    def users(self, index: int) -> Sequence[int]:
        """Those that were added to wait for ``index``."""
        return self._users.get(index, ())

    def lacks_only(self, index: int, others: set[int]) -> bool:
        """Whether ``index`` waits for nothing but what is among ``others``."""
        return self._lacking[index] <= others
