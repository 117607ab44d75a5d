# SPDX-License-Identifier: GPL-2.0-only
"""What a finished run means: the command's exit code, or one of the runner's own, with the reason."""

import splat

SPLAT = 250
NO_SCAN = 251
TIMED_OUT = 252
GUEST_DIED = 253
NOT_STARTED = 254
INTERRUPTED = 130

LATE = {"start": "the guest did not start in time", "command": "the command did not end within its time limit",
        "end": "the command ended, but the guest did not"}


def last_lines(text, count=25):
    return "\n".join("    " + line for line in text.splitlines()[-count:])


def judge(outcome, rules, want_leak_scan):
    """(exit code, message). The kernel's log is judged first: a splat is a failure whatever the command said."""
    records = splat.decode_kmsg(bytes(outcome.collected["log"]))
    lines = [text for _, text in records] + console_only(outcome.console, records)
    leaks = bytes(outcome.collected["leaks"]).decode(errors="replace").splitlines()
    found = splat.splats(lines, rules) + splat.splats(leaks, rules)
    command = outcome.control("exit")
    if found:
        return SPLAT, f"the guest's kernel complained (command: {command_words(command)}):\n" + context(lines + leaks, found)
    if outcome.timed_out:
        return TIMED_OUT, ended_early(LATE[outcome.phase], outcome)
    if outcome.control("error") is not None:
        return NOT_STARTED, ended_early(f"the guest's set-up failed: {outcome.control('error')}", outcome)
    if outcome.control("started") is None:
        return NOT_STARTED, ended_early("the guest did not come up", outcome)
    if command is None:
        return GUEST_DIED, ended_early("the guest went down before the command ended", outcome)
    reason = splat.why_incomplete(records)
    if reason is None and want_leak_scan and outcome.control("leaks-scanned") is None:
        reason = "kmemleak was not asked"
    if reason is not None:
        return NO_SCAN, f"the guest's kernel log could not be checked: {reason} (command: {command_words(command)})"
    return int(command), ""


def command_words(command):
    return "did not end" if command is None else f"exit code {command}"


def console_only(console, records):
    """Console lines that the log does not have, such as those of a crash after it was sent."""
    known = {text for _, text in records}
    lines = (line.partition("] ")[2] if line.startswith("[") else line for line in console.splitlines())
    return [line for line in lines if line not in known]


def context(lines, found, after=30, most=120):
    """From the first finding on; enough to see a call trace, not so much that the finding scrolls away."""
    first = lines.index(found[0])
    last = max(index for index, line in enumerate(lines) if line in set(found))
    shown = lines[first:min(last + after, first + most)]
    return "\n".join("    " + line for line in shown)


def ended_early(reason, outcome):
    parts = [reason]
    if outcome.qemu_errors:
        parts.append("  QEMU said:\n" + last_lines(outcome.qemu_errors))
    parts.append("  last lines of the console:\n" + (last_lines(outcome.console) or "    (nothing)"))
    return "\n".join(parts)
