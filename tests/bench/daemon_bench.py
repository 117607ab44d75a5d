# SPDX-License-Identifier: GPL-2.0-only
"""The daemon with 1,000 to 100,000 files: its data path daemon on this machine's own kernel, on image files. Part of
tests/bench/run."""

import json
import multiprocessing
import os
import pathlib
import subprocess
import time

import media_image as media

COUNTS = (1000, 10000, 25000, 100000)
ASKED = 25000  # of so many files, open and lookup are counted
TIMES = 6      # each figure is the best of so many mounts, or of more if they are small


def paths(files):
    """A hundred in a directory, the directories in one."""
    return [f"t/d{number // 100:03}/f{number:05}" for number in range(files)]


def image_of(folder, files):
    image = folder / f"{files}.img"
    if image.exists():
        return image
    entries = [media.make_directory(b"t")]
    for number, path in enumerate(paths(files)):
        if number % 100 == 0:
            entries.append(media.make_directory(os.path.dirname(path).encode()))
        entries.append(media.simple_file(path.encode(), 1, [(0, media.DATA_START + number * media.UNIT, media.UNIT)]))
    media.Image(image, entries, media.DATA_START + files * media.UNIT)
    return image


class Mount:
    """with Mount(...) as mount: seconds until it answered, pid of its daemon, place."""

    def __init__(self, program, image, place):
        self.command = [str(program), "--data-path=daemon", str(image), str(place)]
        self.place = place

    def __enter__(self):
        start = time.perf_counter()
        subprocess.run(self.command, check=True, stderr=subprocess.DEVNULL)
        status = json.loads((self.place / ".meta/.status").read_text())
        self.seconds = time.perf_counter() - start
        self.pid = status["pid"]
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", str(self.place)], check=True)
        while pathlib.Path(f"/proc/{self.pid}").exists():
            time.sleep(0.01)

    def resident(self):
        lines = pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


def seconds_of_walk(place):
    start = time.perf_counter()
    for folder, _, names in os.walk(place / "t"):
        for name in names:
            os.stat(os.path.join(folder, name))
    return time.perf_counter() - start


def open_and_close(path):
    os.close(os.open(path, os.O_RDONLY))


def per_second(action, names, processes):
    """How often @action is done to one of @names in a second, by @processes that begin together."""
    begin = multiprocessing.Barrier(processes + 1)

    def work(share):
        begin.wait()
        for name in share:
            action(name)

    share = -(-len(names) // processes)
    workers = [multiprocessing.Process(target=work, args=(names[at:at + share],)) for at in range(0, len(names), share)]
    for worker in workers:
        worker.start()
    begin.wait()
    start = time.perf_counter()
    for worker in workers:
        worker.join()
    return len(names) / (time.perf_counter() - start)


def sizes(program, folder, place, say):
    """Walk, start and memory with each number of files."""
    figures = {}
    few = None
    for files in COUNTS:
        say(f"{files} files: walk, start, memory")
        image = image_of(folder, files)
        walks, starts, memory = [], [], []
        for _ in range(max(TIMES, COUNTS[-1] // 4 // files)):
            with Mount(program, image, place) as mount:
                memory.append(mount.resident())
                starts.append(mount.seconds)
                walks.append(seconds_of_walk(place))
        figures[f"walk_{files}"] = min(walks) / files
        figures[f"ready_{files}"] = min(starts)
        few = few or min(memory)
        if files != COUNTS[0]:
            figures[f"resident_{files}"] = (min(memory) - few) / (files - COUNTS[0])
    return figures


def rates(program, folder, place, say):
    """Each mount is new, so that the kernel knows none of its names: a stat is a lookup."""
    figures = {}
    image = image_of(folder, ASKED)
    names = [str(place / path) for path in paths(ASKED)]
    for processes in (1, 2):
        say(f"lookup, open and close by {processes}")
        lookups, opens = [], []
        for _ in range(TIMES):
            with Mount(program, image, place):
                lookups.append(per_second(os.stat, names, processes))
                opens.append(per_second(open_and_close, names, processes))
        figures[f"lookup_{processes}"] = max(lookups)
        figures[f"open_{processes}"] = max(opens)
    return figures
