"""The time of day as a program sees it, which jumps while the program runs. Needs a C compiler.

libfaketime will not do: told to leave monotonic clocks alone, its 0.9.10 makes every `time.sleep` of Python fail.
"""

from __future__ import annotations

import random
import shutil
import struct
import subprocess
from pathlib import Path

JUMPS = (-30 * 86_400, -86_400, -3_600, -61, 61, 3_600, 86_400, 400 * 86_400)
"""Seconds by which a clock may be wrong."""

_SOURCE = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *wrong_by;

__attribute__((constructor)) static void find(void) {
    const char *path = getenv("WRONG_CLOCK");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *found = file < 0 ? MAP_FAILED : mmap(NULL, 8, PROT_READ, MAP_SHARED, file, 0);
    if (file >= 0) close(file);
    if (found != MAP_FAILED) wrong_by = found;
    unsetenv("LD_PRELOAD");  /* what this program starts sees the right time: a sandbox has no such file */
}

int clock_gettime(clockid_t which, struct timespec *now) {
    int answer = (int)syscall(SYS_clock_gettime, which, now);
    if (!answer && wrong_by && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) now->tv_sec += *wrong_by;
    return answer;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec precise;
    clock_gettime(CLOCK_REALTIME, &precise);
    now->tv_sec = precise.tv_sec;
    now->tv_usec = precise.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *now) {
    struct timespec precise;
    clock_gettime(CLOCK_REALTIME, &precise);
    if (now) *now = precise.tv_sec;
    return precise.tv_sec;
}
"""


class JumpingClock:
    """For a program that is started with its `environment`, not for what that starts itself.

    Clocks that nobody sets go on as they do.
    """

    def __init__(self, folder: Path) -> None:
        """`folder`: for the library, and for the file that says how wrong the clock is.

        Raises:
            FileNotFoundError: there is no C compiler.
        """
        compiler = shutil.which("cc")
        if compiler is None:
            raise FileNotFoundError("cc: no C compiler is installed (Debian: apt-get install gcc)")
        self._file = folder / "wrong-clock"
        self.set(0)
        library = folder / "wrong-clock.so"
        (folder / "wrong-clock.c").write_text(_SOURCE, encoding="ascii")
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, folder / "wrong-clock.c"], check=True)
        self.environment = {"LD_PRELOAD": str(library), "WRONG_CLOCK": str(self._file)}

    def set(self, wrong_by: int) -> None:
        """So many seconds fast (or slow), at once and in every program."""
        self._wrong_by = wrong_by
        with self._file.open("r+b" if self._file.exists() else "wb") as file:  # in its place: programs look into it
            file.write(struct.pack("=q", wrong_by))

    def jump(self, chance: random.Random) -> None:
        """To another wrong time."""
        self.set(chance.choice([jump for jump in JUMPS if jump != self._wrong_by]))
