"""Who waits for whom."""

from noether_nix.inside.waiting import Waiting


def test_what_lacks_nothing_can_begin_at_once() -> None:
    waiting = Waiting()

    assert waiting.add(0, ())
    assert not waiting.add(1, (0,))
    assert waiting.users(0) == [1]
    assert waiting.users(1) == ()


def test_each_is_free_when_the_last_that_it_lacks_is_over_and_once() -> None:
    waiting = Waiting()
    waiting.add(2, (0, 1))
    waiting.add(3, (1,))

    assert waiting.settle(0) == []
    assert waiting.lacks_only(2, {1, 7})
    assert not waiting.lacks_only(2, {7})
    assert waiting.settle(1) == [2, 3]
    assert waiting.settle(1) == []
