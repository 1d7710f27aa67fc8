"""How fast messages may leave: Telegram's own limits, kept before it has to refuse. Pure: time comes in as a number.

https://core.telegram.org/bots/faq#broadcasting-to-users: about 30 messages a second in all, one a second to one chat
(short bursts are allowed), 20 a minute to one group.
"""

from __future__ import annotations

MANY = 1000
"""Chats whose bucket is kept before full ones are forgotten."""


class Bucket:
    """A token bucket: ``burst`` at once, then ``rate`` a second, in the order of asking."""

    def __init__(self, rate: float, burst: int) -> None:
        self._interval = 1 / rate
        self._allowance = (burst - 1) * self._interval
        self._next = float("-inf")

    def reserve(self, now: float) -> float:
        """Take the next place; returns the seconds until it comes."""
        place = max(self._next - self._allowance, now)
        self._next = max(self._next, now) + self._interval
        return place - now

    def full(self, now: float) -> bool:
        """Whether nothing is owed, so that a fresh bucket would do the same."""
        return self._next <= now


class Pace:
    """The limits of one bot.

    Args:
        everybody: messages a second over all chats.
    """

    def __init__(self, *, everybody: float = 30.0) -> None:
        self._everybody = Bucket(everybody, max(1, int(everybody)))
        self._chats: dict[str, Bucket] = {}
        self._held_until = float("-inf")

    def chat(self, address: str, now: float) -> float:
        """Take the next place of a chat; seconds until it comes."""
        bucket = self._chats.get(address)
        if bucket is None:
            if len(self._chats) >= MANY:
                self._chats = {name: one for name, one in self._chats.items() if not one.full(now)}
            # Groups have negative ids.
            bucket = self._chats[address] = Bucket(20 / 60, 3) if address.startswith("-") else Bucket(1.0, 5)
        return bucket.reserve(now)

    def all(self, now: float) -> float:
        """Take the next place of the whole bot; seconds until it comes."""
        return self._everybody.reserve(now)

    def hold(self, seconds: float, now: float) -> None:
        """Let nothing leave for so long."""
        self._held_until = max(self._held_until, now + seconds)

    def held(self, now: float) -> float:
        """Seconds until the hold ends; 0 when there is none."""
        return max(0.0, self._held_until - now)
