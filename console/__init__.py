"""The staff's web pages: sign in, the list of tickets, one ticket with all that can be done to it, the volunteers.

``console.pages.router`` and ``console.api.router`` are what the composition root mounts; nothing else here is meant
for other rooms, save ``console.models`` for the migrations.
"""
