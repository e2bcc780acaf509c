"""The parent's loop, and the processes between it and a kernel.

Messages are JSON, one per packet. From the grader: first `{"filter": …, "preload": …}`, then `{"room": …}` with two
descriptors (a socket for this kernel's start, and its log), or `{"release": PID}`. To the grader: `{"modules": […]}`
when ready, or `{"error": …}`. On a kernel's own socket: `{"attendant": PID}`, then after `go` from the grader
`{"kernel": PID}` or `{"error": …}`.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import importlib
import json
import os
import socket
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from . import interpreter, rights, system, view

MESSAGE_BYTES = 1 << 17
NAMESPACES = (
    system.CLONE_NEWNS | system.CLONE_NEWPID | system.CLONE_NEWIPC | system.CLONE_NEWUTS | system.CLONE_NEWNET
    | system.CLONE_NEWCGROUP
)  # fmt: skip

Kernel = Callable[[], None]


def serve(grader: socket.socket) -> Kernel:
    """Fork on request until the grader is gone. Returns in forks only, with what is left to do there."""
    first = json.loads(grader.recv(MESSAGE_BYTES))
    program = None if first["filter"] is None else base64.b64decode(first["filter"])
    session = importlib.import_module("_lab_recorder.recording").prepare()
    launch = importlib.import_module("_lab_recorder.launch")
    try:
        if first["preload"]:
            interpreter.preload()
    except Exception as problem:  # noqa: BLE001 - whatever an import may raise
        grader.send(_text({"error": f"{type(problem).__name__}: {problem}"}))
        os._exit(1)
    grader.send(_text({"modules": sorted({name.split(".")[0] for name in sys.modules})}))
    while True:
        message, descriptors, _, _ = socket.recv_fds(grader, MESSAGE_BYTES, 2)
        if not message:
            os._exit(0)
        request = json.loads(message)
        if "release" in request:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(request["release"], os.WNOHANG)
            continue
        if os.fork() == 0:
            grader.close()
            control = socket.socket(fileno=descriptors[0])
            room = request["room"]
            try:
                _attend(control, descriptors[1], room, program)
            except BaseException as problem:  # noqa: BLE001 - no fork may come back into this loop
                _give_in(control, problem)
            return functools.partial(launch.run_kernel, session, room["settings"], room["arguments"])
        for descriptor in descriptors:
            os.close(descriptor)


def _attend(control: socket.socket, log: int, room: dict[str, Any], program: bytes | None) -> None:
    """Between parent and namespaces: whoever waits for this process waits for all in them. Returns in the kernel."""
    os.setsid()
    parent = os.getppid()
    control.send(_text({"attendant": os.getpid()}))
    if control.recv(16) != b"go":
        os._exit(1)
    system.unshare(NAMESPACES)
    first = os.fork()
    if first:
        _only_wait(control, log, program, first)
    system.end_with_parent()
    view.build(room)
    kernel = _fork_with_another_number(parent)
    if kernel:
        _only_wait(control, log, program, kernel)
    _become(control, log, room, program)


def _fork_with_another_number(parent: int) -> int:
    """Libraries notice a fork by the process's number, which begins anew in a namespace: never the parent's."""
    while True:
        child = os.fork()
        if child == 0 and os.getpid() == parent:
            os._exit(0)
        if child != parent:
            return child
        os.waitpid(child, 0)


def _become(control: socket.socket, log: int, room: dict[str, Any], program: bytes | None) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    for descriptor, wanted in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(descriptor, wanted)
    os.closerange(3, control.fileno())
    os.closerange(control.fileno() + 1, os.sysconf("SC_OPEN_MAX"))
    rights.give_up(room, program)
    if room["trial"]:
        control.send(_text({"kernel": os.getpid()}))
        os._exit(0)
    interpreter.renew(room["environment"], [room["program"], *room["arguments"]], room["threads"])
    control.send(_text({"kernel": os.getpid()}))
    control.close()


def _only_wait(control: socket.socket, log: int, program: bytes | None, child: int) -> NoReturn:
    """Reap until `child` ends, without rights; then end, and with the first process all others of its namespace."""
    control.close()
    os.close(log)
    system.dumpable(False)
    system.no_capabilities()
    if program is not None:
        system.no_new_privileges()
        system.filter_calls(program)
    while True:
        ended, status = os.wait()
        if ended == child:
            os._exit(1 if os.waitstatus_to_exitcode(status) else 0)


def _give_in(control: socket.socket, problem: BaseException) -> NoReturn:
    with contextlib.suppress(OSError):
        control.send(_text({"error": f"{type(problem).__name__}: {problem}"[:2000]}))
    os._exit(1)


def _text(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode("ascii")
