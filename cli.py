"""Community grid assistant: ordinances quoted, tickets and volunteers listed, the assistant served.

Errors a person can mend are one line on standard error and exit status 1; wrong usage is 2.
"""

# Thin: each command calls one room and prints what it answers. Rooms are imported inside the commands, so that a
# light one does not wait for PyTorch.

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from typer.exceptions import TyperException

import logs
import opening
import printing
from clock import SystemClock
from settings import Settings, read_settings
from wording import say

if TYPE_CHECKING:
    from tickets.database import Database
    from tickets.people import Role

# Nothing phones home: the model hub is asked only when the operator names a hub model.
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def _group(help: str) -> typer.Typer:
    return typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        help=help,
    )


cli = _group(str(__doc__))
evaluate = _group("Measure against a file of the contract's shape.")
knowledge = _group("The ordinances: list, check, add, remove.")
tickets = _group("The tickets in the store.")
volunteers = _group("The volunteers in the store.")
questions = _group("What residents asked and no ordinance answered.")
staff = _group("Accounts of committee and grid staff.")
cli.add_typer(evaluate, name="evaluate")
cli.add_typer(knowledge, name="knowledge")
cli.add_typer(tickets, name="tickets")
cli.add_typer(volunteers, name="volunteers")
cli.add_typer(questions, name="questions")
cli.add_typer(staff, name="staff")

AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
CasesFile = Annotated[Path, typer.Argument(metavar="FILE", help="Cases, one JSON object per line.")]
Predictions = Annotated[
    Path | None, typer.Option("--out", metavar="PRED", help="Write the predictions here, as JSON lines.")
]


def fail(message: str) -> NoReturn:
    typer.echo(f"gridbot: {message}", err=True)
    raise typer.Exit(1)


@contextmanager
def plainly() -> Iterator[Settings]:
    """Read the settings, and turn every failure that a person can mend into one line."""
    settings: Settings | None = None
    try:
        settings = read_settings()
        yield settings
    except (typer.Exit, typer.Abort, BrokenPipeError):
        raise
    except Exception as error:
        from problems import line_of

        line = line_of(error, settings)
        if line is None:
            raise
        fail(line)


@contextmanager
def store() -> Iterator[Database]:
    with plainly() as settings:
        database = opening.open_database(settings)
        try:
            yield database
        finally:
            database.close()


@cli.command()
def serve(
    demo: Annotated[bool, typer.Option(help="Fill an empty store with the invented demo community.")] = False,
) -> None:
    """Serve the residents' chat, the staff's pages and, with a token, Telegram."""
    import server

    with plainly() as settings:
        server.run(settings, demo=demo)


@cli.command()
def ask(
    question: Annotated[str, typer.Argument(metavar="QUESTION")],
    place: Annotated[str | None, typer.Option(help="Whose law comes first, such as 通化市.")] = None,
    as_json: AsJson = False,
) -> None:
    """Answer a question with the article that governs it, word for word."""
    if not question.strip():
        fail("QUESTION: is empty")
    with plainly() as settings:
        if place is not None:
            places = opening.open_library(settings).places
            if not set(places.chain(place)) & set(places.jurisdictions):
                fail(
                    f"--place: there is no ordinance of {place!r}; there are those of {'、'.join(places.jurisdictions)}"
                )
        search = opening.open_search(settings)
        answer = search.answer(question, place)
        if as_json:
            printing.as_json(printing.answer_json(answer))
        else:
            printing.answer(answer, place, search.library, opening.open_glosses(search.library))


@evaluate.command("retrieval")
def evaluate_retrieval(file: CasesFile, out: Predictions = None) -> None:
    """How often the right article is found, and how often a question without an answer is refused."""
    from retrieval import evaluation

    with plainly() as settings:
        _check_out(out, file)
        # What is wrong with the file is said before anything slow.
        for note in evaluation.check_gold(evaluation.read_cases(file), opening.open_library(settings), file.name):
            typer.echo(f"gridbot: {note}", err=True)
        report = evaluation.evaluate(file, opening.open_search(settings), out)
        typer.echo(evaluation.table(report))


@evaluate.command("understanding")
def evaluate_understanding(file: CasesFile, out: Predictions = None) -> None:
    """How well messages are understood, each text standing alone."""
    import asyncio

    from nlu import evaluation
    from problems import CannotStart

    async def run(settings: Settings) -> evaluation.Report:
        client, process = opening.open_understanding(settings)
        if process is None:
            return await evaluation.evaluate(file, client.parse, out)
        async with process:
            return await evaluation.evaluate(file, client.parse, out)

    with plainly() as settings:
        _check_out(out, file)
        evaluation.read_cases(file)
        if not settings.nlu_url and not opening.MODELS.is_file():
            raise CannotStart("the understanding model is not trained; run `make model`")
        typer.echo(asyncio.run(run(settings)).table())


def _check_out(out: Path | None, file: Path) -> None:
    if out is None:
        return
    if out.is_dir() or not out.absolute().parent.is_dir():
        fail(f"--out: {out} cannot be written")
    if out.resolve() == file.resolve():
        fail("--out: would overwrite FILE")


@knowledge.command("list")
def knowledge_list(as_json: AsJson = False) -> None:
    """All documents with their article counts."""
    from retrieval import collection

    with plainly() as settings:
        documents = collection.list_documents(settings.home)
        if as_json:
            rows = [{**vars(one), "effective": one.effective and one.effective.isoformat()} for one in documents]
            printing.as_json(rows)
            return
        for one in documents:
            notes = [] if one.title_verified else [say("retrieval.list.unverified")]
            notes += [] if one.complete else [say("retrieval.list.incomplete")]
            known = {**vars(one), "id": f"{one.id:<14}", "effective": one.effective or "?"}
            typer.echo("  ".join([say("retrieval.list.line", **known), *notes]))


@knowledge.command("check")
def knowledge_check() -> None:
    """Look for damage in every text. What is found is shown, whether quoting goes on without it or not."""
    from retrieval import collection

    with plainly() as settings:
        documents = opening.open_library(settings).documents
        for id, findings in collection.check(settings.home).items():
            printing.findings(f"{id}: ", documents[id].title, findings)


@knowledge.command("add")
def knowledge_add(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="One ordinance: .txt .md .docx .pdf .html")],
    id: Annotated[str, typer.Option(help="Short name: lower-case letters, digits and hyphens.")],
    title: Annotated[str, typer.Option(help="Full title, such as 通化市社区治理促进条例.")],
    place: Annotated[str, typer.Option(help="Where it is law, such as 通化市.")],
    effective: Annotated[str | None, typer.Option(metavar="DATE", help="In force since, such as 2024-01-01.")] = None,
) -> None:
    """Add an ordinance; says what was read, what looks damaged and what will not be quoted (docs/ordinances.md)."""
    from retrieval import collection

    for name, value in (("--title", title), ("--place", place)):
        if not value.strip():
            fail(f"{name}: is empty")
    since = _date(effective) if effective else None
    with plainly() as settings:
        added = collection.add(file, settings.home, id=id, title=title.strip(), place=place.strip(), effective=since)
        printing.added(added)


def _date(said: str) -> date:
    try:
        return date.fromisoformat(said)
    except ValueError:
        fail(f"--effective: {said!r} is no date such as 2024-01-01")


@knowledge.command("remove")
def knowledge_remove(
    id: Annotated[str, typer.Argument(metavar="ID", help="As `gridbot knowledge list` shows it.")],
) -> None:
    """Remove an ordinance that was added; the shipped ones stay."""
    from retrieval import collection

    with plainly() as settings:
        collection.remove(id, settings.home)
        typer.echo(f"removed {id}")


@tickets.command("list")
def tickets_list(as_json: AsJson = False) -> None:
    """All tickets, newest first."""
    from tickets import queries

    with store() as database, database.read() as session:
        now = SystemClock().now()
        found = queries.listing(session, queries.Filters(limit=None))
        rows = [queries.ticket_json(ticket, now, render=say) for ticket in found]
    if as_json:
        printing.as_json(rows)
        return
    for row in rows:
        typer.echo(
            f"{row['number']}  {row['status']:16}  {row['urgency']:9}  {row['category']:20}  {row['place'] or ''}"
        )


@volunteers.command("list")
def volunteers_list(as_json: AsJson = False) -> None:
    """All volunteers, newest first."""
    from volunteers import service

    with store() as database, database.read() as session:
        rows = [service.volunteer_json(volunteer) for volunteer in service.listing(session)]
    if as_json:
        printing.as_json(rows)
        return
    for row in rows:
        typer.echo(f"{row['name']}  {row['phone']}  {'、'.join(row['services'])}  {row['status']}")


@questions.command("list")
def questions_list(as_json: AsJson = False) -> None:
    """All questions, asked most often first; without anything about who asked."""
    from tickets import questions as asked

    with store() as database, database.read() as session:
        rows = [asked.question_json(row) for row in asked.listing(session, asked.Filters(limit=None))]
    if as_json:
        printing.as_json(rows)
    else:
        printing.questions(rows)


@staff.command("add")
def staff_add(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    role: Annotated[str, typer.Option(help="grid_worker, grid_chief, community_staff, street_staff, admin, …")],
    area: Annotated[str | None, typer.Option(help="Name of the area; everywhere without it.")] = None,
) -> None:
    """Make an account; prints its login, a one-time password and the code that binds a chat account."""
    from tickets import grid, people

    wanted = _role(role)
    with store() as database, database.begin() as session:
        place = grid.find_area(session, area) if area else None
        if area and place is None:
            fail(f"--area: no area is called {area}")
        made = people.add_staff(session, name, wanted, place, SystemClock().now())
        lines = f"login: {made.account.login}\none-time password: {made.one_time_password}\nbinding code: {made.binding_code}"
    typer.echo(lines)


def _role(said: str) -> Role:
    from tickets import people

    if said not in {role.value for role in people.STAFF}:
        fail(
            f"--role: {said!r} is no role of staff; one of {', '.join(role for role in people.Role if role in people.STAFF)}"
        )
    return people.Role(said)


@cli.command()
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The archive to write, such as gridbot.zip.")],
) -> None:
    """Write the whole state into one file, also while serving. It holds people's data: keep it as safe as the store."""
    from backup import back_up

    with plainly() as settings, store() as database:
        done = back_up(settings, database, file, SystemClock().now())
        typer.echo(f"{file}: {done.rows} rows, {done.files} files")


@cli.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An archive that `gridbot backup` wrote.")],
) -> None:
    """Replace the whole state by a backup's, also while serving. The state before is kept under backups/."""
    from backup import restore as put_back

    with plainly() as settings, store() as database:
        done, before = put_back(settings, database, file, SystemClock().now())
        typer.echo(f"restored {done.rows} rows, {done.files} files of {done.made_at:%Y-%m-%d %H:%M} UTC")
        typer.echo(f"the state before is kept in {before}")


@cli.command()
def doctor() -> None:
    """Check this installation and say in plain words what to mend."""
    from doctor import findings

    problems = 0
    for finding in findings():
        mark = "ok  " if finding.fine else "MEND"
        typer.echo(f"{mark} {finding.what}" + (f": {finding.advice}" if finding.advice else ""))
        problems += not finding.fine
    if problems:
        fail(f"{problems} to mend")


def main() -> None:
    logs.to_stderr()
    try:
        status = cli(prog_name="gridbot", standalone_mode=False)
    except TyperException as error:
        context = getattr(error, "ctx", None)
        said = error.format_message()
        if context is not None and "\n" not in said:
            said = f"gridbot: {said.rstrip('.')}; see `{context.command_path} --help`"
        typer.echo(said, err=True)
        status = error.exit_code
    except BrokenPipeError:
        raise
    except Exception as error:
        # A mistake of ours. Its text can repeat what people wrote, so only its place is shown.
        typer.echo(f"gridbot: unexpected failure ({logs.place_of(error)})", err=True)
        status = 1
    sys.exit(status if isinstance(status, int) else 0)
