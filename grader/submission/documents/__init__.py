"""Read written reports: Markdown, text, DOCX, PDF, and the pictures in them.

`process.py` reads a document in a process of its own, in the sandbox where there is one; `read.py` starts it and checks
what it says; `parts.py` makes parts of prose and parts of code of it.
"""
