"""What goes inside the student's kernel: it watches, writes inert data to the outbox, and decides nothing.

The folder is loaded by path under a private name (see `__main__`), so it may import only the standard library,
numpy, wrapt and, lazily, what the student's own code has imported already. Everything it writes is treated as a
claim by the other side: the outbox is validated there, and what matters is rebuilt and measured again.
"""
