"""The grid ticket store: database, grid, people, tickets, workflow, deadlines, outbox, migrations."""
