"""All tables of all rooms in one metadata: importing the rooms' models fills it."""

from __future__ import annotations

import bot.models
import console.models
import handlers.state
import tickets.grid
import tickets.models
import tickets.outbox
import tickets.people
import tickets.questions
import volunteers.models
from tickets.database import Base

ROOMS = (
    bot.models,
    console.models,
    handlers.state,
    tickets.grid,
    tickets.models,
    tickets.outbox,
    tickets.people,
    tickets.questions,
    volunteers.models,
)
METADATA = Base.metadata
