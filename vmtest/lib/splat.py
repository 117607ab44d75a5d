# SPDX-License-Identifier: GPL-2.0-only
"""Finds in a kernel log what a healthy kernel never prints."""

import re
from pathlib import Path

END_MARK = "vmtest: end of log"

SPLATS = re.compile("|".join((
    r"\bWARNING: ",                       # WARN_ON and friends, lockdep, PROVE_RCU
    r"\bBUG: ", r"\bkernel BUG at ", r"\bBUG\b.*\bcorrupted\b",
    r"\bOops\b", r"\bKernel panic\b", r"\bgeneral protection fault\b", r"\bdouble fault\b",
    r"\bUnable to handle kernel\b", r"\bunable to handle page fault\b", r"\bdivide error\b", r"\binvalid opcode\b",
    r"------------\[ cut here \]",
    r"\bKASAN\b.*\bin\b", r"\bUBSAN: ", r"\bKCSAN: ", r"\bKFENCE\b.*\bin\b",
    r"\bpossible circular locking\b", r"\bpossible recursive locking\b", r"\binconsistent lock state\b",
    r"\bINFO: .*\bself-detected stall\b", r"\bdetected stalls\b", r"\bdetected expedited stalls\b", r"\brcu.*\bstarved\b",
    r"\bsuspicious RCU usage\b", r"\bblocked for more than\b", r"\bsoft lockup\b", r"\bhard LOCKUP\b",
    r"\bscheduling while atomic\b", r"\bsleeping function called\b", r"\bbad unlock balance\b", r"\bheld lock freed\b",
    r"\block held when returning to user space\b", r"\bLeaked [a-z]+ ?lock\b",
    r"\brefcount_t: ", r"\bunreferenced object\b", r"\bnew suspected memory leaks\b",
    r"\bODEBUG: ", r"\blist_(add|del) corruption\b", r"\bBad page (state|map)\b", r"\bBad rss-counter\b",
    r"\bVFS: Busy inodes after unmount\b", r"\bOut of memory: Killed\b", r"\bSlab .*: Objects remaining\b",
    r"\bpage_owner tracks\b", r"\bINFO: trying to register non-static key\b",
)))


def allowed(path):
    """Lines 'REGEX  # reason'. A line without a reason is an error: nobody could tell later whether it may go."""
    rules = []
    for number, line in enumerate(Path(path).read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        pattern, mark, reason = line.rpartition("  # ")
        if not mark or not reason.strip():
            raise ValueError(f"{path}:{number}: want 'REGEX  # reason'")
        rules.append(re.compile(pattern.strip()))
    return rules


def splats(lines, rules):
    return [line for line in lines if SPLATS.search(line) and not any(rule.search(line) for rule in rules)]


def decode_kmsg(data):
    """Records of /dev/kmsg: 'priority,sequence,time,flags;text', then indented lines. Returns [(sequence, text)]."""
    records = []
    for line in data.decode(errors="replace").splitlines():
        head, mark, text = line.partition(";")
        fields = head.split(",")
        if mark and len(fields) >= 3 and fields[1].isdigit():
            records.append((int(fields[1]), text))
    return records


def why_incomplete(records):
    """None when the log is whole: from the first message, without a gap, to the mark that the guest wrote last."""
    if not records:
        return "it is empty"
    if records[0][0] != 0:
        return f"its first {records[0][0]} messages are lost"
    for (before, _), (after, _) in zip(records, records[1:]):
        if after != before + 1:
            return f"messages {before + 1} to {after - 1} are lost"
    if not any(END_MARK in text for _, text in records[-50:]):
        return "its end is missing"
    return None
