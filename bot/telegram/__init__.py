"""The Telegram channel: updates in through the inbox, replies and notices out of the outbox.

``channel.TelegramChannel`` is what the composition root starts and stops. Its parts: ``updates`` (what an update means),
``receive`` (fetch, commit, acknowledge), ``render`` (a reply as Telegram messages), ``outcome`` (what a failed call
means), ``pace`` (how fast), ``send`` (delivery), ``client`` (the Bot API client, silent about its token).
"""

import os

# python-telegram-bot reads this at every use. Without it the library warns whenever a duration is looked at, which it
# does itself when the server says how long to wait.
os.environ.setdefault("PTB_TIMEDELTA", "true")
