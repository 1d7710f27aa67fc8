"""The ``gridbot`` command. Thin: each command calls one room and prints what it answers.

Errors a person can mend are one line on standard error and exit status 1; wrong usage is 2.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from clock import SystemClock
from settings import Settings, WrongSetting, read_settings
from wording import has, say

if TYPE_CHECKING:
    from retrieval.search import Answer, Search
    from tickets import people

# Nothing phones home: the model hub is asked only when the operator names a hub model.
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
evaluate = typer.Typer(no_args_is_help=True, help="Measure against a file of the contract's shape.")
knowledge = typer.Typer(no_args_is_help=True, help="The ordinances: list, check, add, remove.")
tickets = typer.Typer(no_args_is_help=True, help="The tickets in the store.")
volunteers = typer.Typer(no_args_is_help=True, help="The volunteers in the store.")
staff = typer.Typer(no_args_is_help=True, help="Accounts of committee and grid staff.")
for _name, _group in (
    ("evaluate", evaluate),
    ("knowledge", knowledge),
    ("tickets", tickets),
    ("volunteers", volunteers),
    ("staff", staff),
):
    cli.add_typer(_group, name=_name)


def fail(message: str) -> NoReturn:
    typer.echo(f"gridbot: {message}", err=True)
    raise typer.Exit(1)


@contextmanager
def plainly() -> Iterator[Settings]:
    """Read the settings and turn every failure that a person can mend into one line."""
    from retrieval.errors import RetrievalError
    from tickets.errors import StoreError, TicketError

    try:
        yield read_settings()
    except WrongSetting as error:
        fail(str(error))
    except (StoreError, TicketError) as error:
        fail(_sentence(error.code, error.params))
    except RetrievalError as error:
        fail(str(error))
    except FileNotFoundError as error:
        fail(f"{error.filename}: no such file")
    except (IsADirectoryError, PermissionError, UnicodeDecodeError) as error:
        fail(f"{getattr(error, 'filename', None) or 'file'}: cannot be read ({type(error).__name__})")


def _sentence(code: str, parameters: dict[str, Any]) -> str:
    key = f"errors.{code}"
    return say(key, **parameters) if has(key) else code


def _print_json(data: object) -> None:
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2))


@cli.command()
def serve(
    demo: Annotated[bool, typer.Option(help="Fill an empty store with the invented demo community.")] = False,
) -> None:
    """Serve the residents' chat, the staff's pages and, with a token, Telegram."""
    import server

    with plainly() as settings:
        sys.exit(server.serve(settings, demo=demo))


@cli.command()
def ask(
    question: str,
    place: Annotated[str | None, typer.Option(help="Whose law comes first, such as 通化市.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Answer a question with the article that governs it, word for word."""
    import app

    with plainly() as settings:
        search = app.open_search(settings)
        if place is not None:
            _known_place(search, place)
        answer = search.answer(question, place)
        if as_json:
            _print_json(_answer_json(answer))
        else:
            _print_answer(answer)


def _known_place(search: Search, place: str) -> None:
    places = search.library.places
    if not set(places.chain(place)) & set(places.jurisdictions):
        fail(f"--place: there is no ordinance of {place}; known: {'、'.join(places.jurisdictions)}")


def _answer_json(answer: Answer) -> dict[str, Any]:
    from handlers.ordinance import shown

    return {
        "answered": answer.result.outcome == "answer",
        "outcome": answer.result.outcome,
        "from_other_place": answer.result.from_other_place,
        "citations": [shown(quote).__dict__ for quote in answer.citations],
        "suggestions": [shown(quote).__dict__ for quote in answer.suggestions],
        "hits": [hit.__dict__ for hit in answer.result.hits],
    }


def _print_answer(answer: Answer) -> None:
    from handlers.ordinance import shown

    result = answer.result
    if result.outcome == "refuse":
        typer.echo(say("ordinance.refuse"))
    elif result.outcome == "perhaps":
        typer.echo(say("ordinance.perhaps"))
    elif result.from_other_place:
        typer.echo(say("ordinance.elsewhere_note", jurisdiction=answer.citations[0].jurisdiction))
    for quote in answer.citations or answer.suggestions:
        note = f"（{shown(quote).note}）" if shown(quote).note else ""
        effective = f" {quote.effective.isoformat()} 起施行" if quote.effective else ""
        typer.echo(f"\n《{quote.title}》{note} {quote.chapter} {quote.label}{effective}\n{quote.text}")


@evaluate.command("retrieval")
def evaluate_retrieval(
    file: Path, out: Annotated[Path | None, typer.Option(help="Write the predictions here, as JSON lines.")] = None
) -> None:
    """How often the right article is found, and how often a question without an answer is refused."""
    import app
    from retrieval import evaluation

    with plainly() as settings:
        report = evaluation.evaluate(file, app.open_search(settings), out)
        typer.echo(evaluation.table(report))


@evaluate.command("understanding")
def evaluate_understanding(
    file: Path, out: Annotated[Path | None, typer.Option(help="Write the predictions here, as JSON lines.")] = None
) -> None:
    """How well messages are understood."""
    import asyncio

    import app
    from nlu import evaluation

    async def run(settings: Settings) -> None:
        client, process = app.open_understanding(settings)
        try:
            if process is not None:
                await process.start()
            report = await evaluation.evaluate(file, client.parse, out)
        finally:
            if process is not None:
                await process.stop()
        typer.echo(evaluation.table(report))

    from nlu.client import UnderstandingUnavailable
    from nlu.supervisor import UnderstandingNotStarted

    with plainly() as settings:
        try:
            asyncio.run(run(settings))
        except evaluation.BadEvaluationFile as error:
            fail(str(error))
        except UnderstandingNotStarted as error:
            fail(f"the understanding service did not start ({error.code}); `make train` trains its model")
        except UnderstandingUnavailable:
            fail("the understanding service did not answer")


@knowledge.command("list")
def knowledge_list() -> None:
    """All documents with their article counts."""
    import app

    with plainly() as settings:
        for document in app.open_library(settings).documents.values():
            quotable = sum(article.trusted for article in document.articles)
            notes = [] if document.title_verified else ["名称待核实"]
            notes += [] if document.complete else ["残缺"]
            typer.echo(
                f"{document.id:16} {len(document.articles):3} articles ({quotable} quotable)  {document.jurisdiction}"
                f"  《{document.title}》  {document.effective or ''}  {' '.join(notes)}".rstrip()
            )


@tickets.command("list")
def tickets_list(
    as_json: Annotated[bool, typer.Option("--json", help="As a JSON array, newest first.")] = False,
) -> None:
    """All tickets, newest first."""
    import app
    from tickets import queries

    with plainly() as settings:
        database = app.open_database(settings)
        now = SystemClock().now()
        with database.read() as session:
            found = queries.listing(session, queries.Filters(limit=None))
            rows = [queries.ticket_json(ticket, now, render=say) for ticket in found]
        if as_json:
            _print_json(rows)
        for row in () if as_json else rows:
            typer.echo(f"{row['number']}  {row['status']:16} {row['category']:20} {row['place']}")


@volunteers.command("list")
def volunteers_list(
    as_json: Annotated[bool, typer.Option("--json", help="As a JSON array, newest first.")] = False,
) -> None:
    """All volunteers, newest first."""
    import app
    from volunteers import service

    with plainly() as settings:
        database = app.open_database(settings)
        with database.read() as session:
            rows = [service.volunteer_json(volunteer) for volunteer in service.listing(session)]
        if as_json:
            _print_json(rows)
        for row in () if as_json else rows:
            typer.echo(f"{row['name']}  {row['phone']}  {'、'.join(row['services'])}  {row['status']}")


@staff.command("add")
def staff_add(
    name: str,
    role: Annotated[str, typer.Option(help="grid_worker, community_staff, street_staff, admin, …")],
    area: Annotated[str | None, typer.Option(help="Name of the area; everywhere without it.")] = None,
) -> None:
    """Make an account; prints its login, a one-time password and the code that binds a chat account."""
    import app
    from tickets import grid, people

    with plainly() as settings:
        database = app.open_database(settings)
        with database.begin() as session:
            place = grid.find_area(session, area) if area else None
            if area and place is None:
                fail(f"--area: no area is called {area}")
            account, password, code = people.add_staff(session, name, _role(role), place, SystemClock().now())
            login = account.login
        typer.echo(f"login: {login}\none-time password: {password}\nbinding code: {code}")


def _role(said: str) -> people.Role:
    from tickets import people

    try:
        return people.Role(said)
    except ValueError:
        fail(f"--role: {said!r} is no role; one of {', '.join(people.Role)}")


@cli.command()
def doctor() -> None:
    """Check this installation and say in plain words what to mend."""
    from doctor import findings

    problems = 0
    for finding in findings():
        typer.echo(f"{'ok  ' if finding.fine else 'MEND'} {finding.what}" + (f": {finding.advice}" if finding.advice else ""))
        problems += not finding.fine
    if problems:
        fail(f"{problems} to mend")


def main() -> None:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    cli()


