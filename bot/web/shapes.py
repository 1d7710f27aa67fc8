"""The JSON shapes of the chat API, as the contract promises them and as ``/openapi.json`` describes them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _whole(value: object) -> object:
    """Text without halves of surrogate pairs: where a phone cuts an emoji in two, the rest of the message still counts."""
    if isinstance(value, str) and not value.isascii():
        return "".join(sign for sign in value if not "\ud800" <= sign <= "\udfff")
    return value


Text = Annotated[str, BeforeValidator(_whole)]
Language = Literal["zh-CN", "en"]
"""One of ``wording.LANGUAGES``."""
Id = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\p{C}]+$")]
"""What a client makes up or was given: any visible signs."""


class Strict(BaseModel):
    """Types are taken as they are: 1 is no text. Unknown fields are left for later versions of clients."""

    model_config = ConfigDict(extra="ignore", strict=True, allow_inf_nan=False)


class NewSession(Strict):
    """Begin a conversation, or say where the person of an existing one lives."""

    place: Text | None = Field(None, max_length=40, examples=["通化市"])
    conversation: Id | None = None
    language: Language | None = Field(None, description="What is spoken in it; Chinese where nothing is said of it.")


class Location(Strict):
    latitude: float = Field(ge=-90, le=90, strict=False)
    longitude: float = Field(ge=-180, le=180, strict=False)


class Message(Strict):
    """One message: exactly one of ``text``, ``payload`` (what a pressed button carried) and ``location``."""

    conversation: Id
    message_id: Id = Field(
        description="Chosen by the client, unique in the conversation; the same again does nothing new."
    )
    text: Text | None = Field(None, examples=["我们楼道的灯坏了三天了"])
    payload: Text | None = Field(None, max_length=200)
    location: Location | None = None


class Opened(BaseModel):
    """A conversation; its id is a secret that only its person knows."""

    conversation: str
    place: str | None
    demo: bool = Field(description="Whether the store holds the invented demo community.")


class Button(BaseModel):
    label: str
    payload: str


class Citation(BaseModel):
    """An article, word for word."""

    document: str
    title: str
    article: int
    chapter: str
    effective: str | None = Field(description="ISO date since when it is in force, where that is known.")
    text: str
    note: str = Field("", description="What has to be said of the title or of the copy.")
    label: str = Field("", description="The article's number as the law writes it.", examples=["第十八条"])
    marked: list[tuple[int, int]] = Field(
        [],
        description="The sentence that matters to what was asked, as begin and end (exclusive) in code points of `text`; "
        "at most one, none where no sentence is clearly nearer than the others.",
    )


class TicketCard(BaseModel):
    number: str
    status: str


class Reply(BaseModel):
    """One message to the person."""

    id: str = Field(description="Grows within a conversation; ask for later ones with `after`.")
    kind: str = Field(description="`reply` to a message, or `notice`.")
    message_id: str | None = Field(description="The message that is answered; null for a notice.")
    at: str
    text: str
    buttons: list[Button]
    citations: list[Citation]
    ticket: TicketCard | None


class Replies(BaseModel):
    replies: list[Reply]


class Answer(Replies):
    """The replies so far; more may come later, see `GET /api/chat/messages`."""

    place: str | None = Field(description="The place whose ordinances come first in this conversation.")
    language: Language = Field(description="What the assistant speaks in this conversation.")


class Problem(BaseModel):
    code: str
    message: str = Field(description="A sentence to show, in Chinese unless the client accepts exactly `en`.")


class Refusal(BaseModel):
    error: Problem


class Health(BaseModel):
    """Each part is `ok` or says what is wrong with it."""

    status: str
    understanding: str
    database: str
    telegram: str = Field(description="`off`, `ok`, or a code of what keeps it from working.")
    passages: int
    demo: bool
