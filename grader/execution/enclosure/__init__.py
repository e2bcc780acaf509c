"""Two small programs around a sandbox, run by path with the standard library only: `enter` outside, `confine` inside.

They are separate processes because a namespace's limits can only be set from within it, and because descriptors and
user mappings have to be handed over between `fork` and `exec`, where a threaded program must not run Python code.
"""
