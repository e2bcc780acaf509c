"""The warm parent: a program inside a sandbox that has imported TensorFlow, and forks a kernel for each submission.

Run by path like the recorder (`python -I …/warm DESCRIPTOR`). It runs no operation and starts no thread, so that a
fork is a whole and clean copy; it reads from nobody but the grader; and no code of a student ever runs in it, only in
forks of forks that have given up everything first.

    warm parent ── attendant ── first process ── kernel
                   waits          of the new      in a user namespace
                   for it         namespaces      of its own, without rights
"""
