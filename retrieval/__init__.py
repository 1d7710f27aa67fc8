"""Finding the article that answers a question, and quoting it word for word.

``Library.load`` → ``Search`` → ``Search.answer``; see ``retrieval.search``.
"""
