# SPDX-License-Identifier: GPL-2.0-only
"""One run of one machine: streams, time limit, end."""

import ctypes
import os
import selectors
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field

from machine import PORTS

STREAMS = ("serial", *PORTS)
PASSED_ON = {"out": 1, "err": 2}
PR_SET_PDEATHSIG = 1
# Seconds for what is not the command. A loaded machine with the debug kernel needs its minutes; a hang still ends.
START_LIMIT = 900
END_LIMIT = 900


def die_with_parent():
    """QEMU must not outlive a runner that was killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


@dataclass
class Outcome:
    collected: dict = field(default_factory=lambda: {name: bytearray() for name in STREAMS if name not in PASSED_ON})
    phase: str = "start"  # then "command", then "end"
    timed_out: bool = False
    boot_seconds: float = 0.0
    seconds: float = 0.0
    qemu_code: int = 0
    qemu_errors: str = ""

    def control(self, word):
        """The rest of the guest's line that begins with word, or None."""
        for line in bytes(self.collected["control"]).decode(errors="replace").splitlines():
            if line.split(" ")[0] == word:
                return line[len(word) + 1:]
        return None

    @property
    def console(self):
        return bytes(self.collected["serial"]).decode(errors="replace").replace("\r", "")


class Session:
    def __init__(self, machine, limit, errors_path):
        self.machine = machine
        self.limit = limit
        self.errors_path = errors_path
        self.outcome = Outcome()
        self.start = time.monotonic()
        self.deadline = self.start + START_LIMIT

    def run(self):
        pipes = {name: os.pipe() for name in STREAMS}
        writers = {name: pair[1] for name, pair in pipes.items()}
        interactive = self.machine.interactive
        with open(self.errors_path, "wb") as errors:
            qemu = subprocess.Popen(
                self.machine.command(writers), stdin=None if interactive else subprocess.DEVNULL,
                stdout=None if interactive else errors, stderr=errors, pass_fds=list(writers.values()),
                start_new_session=not interactive, preexec_fn=die_with_parent)
        for writer in writers.values():
            os.close(writer)
        try:
            self.follow({name: pair[0] for name, pair in pipes.items()}, qemu)
        finally:
            qemu.kill()
            self.outcome.qemu_code = qemu.wait()
            self.outcome.qemu_errors = self.errors_path.read_text(errors="replace").strip()
            self.outcome.seconds = time.monotonic() - self.start
        return self.outcome

    def follow(self, readers, qemu):
        """Until every stream has ended, which is when QEMU has ended, or the time is over."""
        with selectors.DefaultSelector() as selector:
            for name, reader in readers.items():
                selector.register(reader, selectors.EVENT_READ, name)
            while selector.get_map():
                left = self.deadline - time.monotonic()
                if left <= 0:
                    self.outcome.timed_out = True
                    qemu.kill()
                    return
                for key, _ in selector.select(left):
                    data = os.read(key.fd, 1 << 16)
                    if data:
                        self.take(key.data, data)
                    else:
                        selector.unregister(key.fd)
                        os.close(key.fd)
            qemu.wait()

    def take(self, name, data):
        if name in PASSED_ON:
            stream = (sys.stdout, sys.stderr)[PASSED_ON[name] - 1].buffer
            stream.write(data)
            stream.flush()
            return
        self.outcome.collected[name] += data
        if name == "control":
            self.follow_phase()

    def follow_phase(self):
        """The time limit is the command's alone: how fast the machine starts says nothing about it."""
        now = time.monotonic()
        if self.outcome.phase == "start" and self.outcome.control("started") is not None:
            self.outcome.phase = "command"
            self.outcome.boot_seconds = now - self.start
            self.deadline = now + self.limit
        if self.outcome.phase == "command" and self.outcome.control("exit") is not None:
            self.outcome.phase = "end"
            self.deadline = now + END_LIMIT
