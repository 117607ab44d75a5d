# SPDX-License-Identifier: GPL-2.0-only
"""What fio wrote about the operations of read-write.fio, as lines that lib/figures.py takes.

The cases of a job: WAY-JOB is the typical operation; where some begin with a fault that is WAY-JOB-hit, with WAY-JOB-fault for those,
and WAY-JOB is the average of both by their numbers. sync-read and sync-write are what an operation of any length takes beside its copying."""

import json
from dataclasses import dataclass
from statistics import median

BYTES = 64 << 20  # io_size of each job
HUGE = 2 << 20
# It has some of its own, up to about 170. A huge page that is lost is 512 more.
FAULTS_OF_FIO = 400
# fio's engine for a character device maps, too.
WAYS = {"mmap": "mmap", "dev-dax": "mmap", "sync": "sync"}


@dataclass(frozen=True)
class Job:
    name: str
    block: int
    touched: int  # bytes of the huge pages that some operation is the first to touch

    @property
    def operations(self):
        return BYTES // self.block

    @property
    def faults(self):
        return self.touched // HUGE


JOBS = (Job("4k-random-read", 4096, 256 << 20), Job("4k-random-write", 4096, 256 << 20),
        Job("1m-sequential-read", 1 << 20, BYTES), Job("1m-sequential-write", 1 << 20, BYTES))


def check(folder, resolver, engine):
    """Number of each job in fio's order, from 1. Every one must have done all of its work."""
    done = json.loads((folder / f"{resolver}.{engine}.json").read_text())["jobs"]
    numbers = {job["jobname"]: number for number, job in enumerate(done, 1)}
    for job in JOBS:
        result = done[numbers[job.name] - 1]
        operations = result["read"]["total_ios"] + result["write"]["total_ios"]
        if result["error"] or operations != job.operations:
            raise SystemExit(f"{resolver}, {engine}, {job.name}: error {result['error']}, {operations} operations")
        if WAYS[engine] == "mmap" and not job.faults <= result["minf"] < job.faults + FAULTS_OF_FIO:
            raise SystemExit(f"{resolver}, {engine}, {job.name}: {result['minf']} faults for {job.faults} huge pages")
    return numbers


def costs(path):
    """Nanoseconds of each operation on a clock that counts instructions."""
    return sorted(int(line.split(",")[1]) for line in path.read_text().splitlines())


def parts(way, job, taken):
    """{case: instructions}. Medians leave out the few operations that a timer tick fell into."""
    case = f"{way}-{job.name}"
    if len(taken) != job.operations:
        raise SystemExit(f"{case}: {len(taken)} operations in the log")
    if way == "sync":
        return {case: round(median(taken))}
    faults = job.faults
    hit, fault = median(taken[:-faults]), median(taken[-faults:])
    average = hit + (fault - hit) * faults / job.operations
    return {case: round(average, 1), f"{case}-hit": round(hit), f"{case}-fault": round(fault)}


def beside_copying(found):
    """Copying is proportional to the length, and two lengths are known."""
    for kind in ("read", "write"):
        short, long = found[f"sync-4k-random-{kind}"], found[f"sync-1m-sequential-{kind}"]
        yield f"sync-{kind}", round((256 * short - long) / 255)


def read_lines(folder):
    lines = []
    for path in sorted(folder.glob("*.json")):
        resolver, engine = path.stem.split(".")
        numbers, found = check(folder, resolver, engine), {}
        for job in JOBS:
            found |= parts(WAYS[engine], job, costs(folder / f"{path.stem}_clat.{numbers[job.name]}.log"))
        if engine == "sync":
            found |= dict(beside_copying(found))
        lines += [{"case": case, "resolver": resolver, "files": 1, "instructions": count} for case, count in found.items()]
    return lines
