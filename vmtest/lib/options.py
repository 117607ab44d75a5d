# SPDX-License-Identifier: GPL-2.0-only
"""The command line of vmtest/run."""

import argparse
import sys

import verdict

EPILOG = f"""
The guest sees the host's root at / (changes stay in the guest), and the scratch folder, writable, at /scratch. It starts in the
current folder, as root. /dev/daxN.0 has exactly the size asked for; its byte B is byte 2 MiB + B of the backing file.

exit code: that of COMMAND, or
  {verdict.SPLAT}  the guest's kernel printed a warning, a report or an oops
  {verdict.NO_SCAN}  the guest's kernel log could not be checked
  {verdict.TIMED_OUT}  time limit
  {verdict.GUEST_DIED}  the guest went down before COMMAND ended
  {verdict.NOT_STARTED}  the guest, or this program, could not be set up
  {verdict.INTERRUPTED}  interrupted

examples:
  vmtest/run -- uname -a
  vmtest/run --kernel debug --time-limit 1200 -- vmtest/tests/something
  vmtest/run --dax 4G:/tmp/shared.img --dax 256M --scratch /tmp/results -- sh -c 'ls -l /dev/dax*'
  vmtest/run --icount -- ./count-instructions
  vmtest/run --shell
"""


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.print_usage(sys.stderr)
        self.exit(verdict.NOT_STARTED, f"vmtest/run: error: {message}; see vmtest/run --help\n")


def parse(words):
    parser = Parser(
        prog="vmtest/run", formatter_class=argparse.RawDescriptionHelpFormatter, epilog=EPILOG,
        usage="vmtest/run [option]... -- COMMAND...\n       vmtest/run [option]... --shell",
        description="Runs COMMAND in a virtual machine with a test kernel and two emulated dax devices; fails on any kernel splat.")
    add = parser.add_argument
    add("--kernel", choices=("module", "module-bench", "tree", "debug"), default="module", help="which result of kernel/build (module)")
    add("--cpus", type=int, default=2, metavar="N", help="processors (2)")
    add("--memory", type=int, default=2048, metavar="MIB", help="memory beside the dax devices (2048)")
    add("--icount", action="store_true", help="one processor whose clock advances one nanosecond an instruction")
    add("--dax", action="append", metavar="SIZE[:FILE]",
        help="a dax device, again for another; FILE is kept and may be shared by two machines (4G and 4G, temporary)")
    add("--no-dax", action="store_true", help="no dax devices")
    add("--dax-driver", choices=("fsdev", "device"), default="fsdev", help="driver the devices are bound to (fsdev)")
    add("--time-limit", type=float, default=600, metavar="SECONDS", help="what the command may take; then the machine is killed (600)")
    add("--scratch", metavar="DIR", help="folder that the guest has at /scratch (a temporary one)")
    add("--shell", action="store_true", help="an interactive shell instead of COMMAND")
    add("command", nargs="*", metavar="COMMAND", help=argparse.SUPPRESS)
    arguments = parser.parse_args(words)
    if bool(arguments.command) == arguments.shell:
        parser.error("want either a command after -- or --shell")
    if arguments.no_dax and arguments.dax:
        parser.error("--dax and --no-dax exclude each other")
    arguments.dax = [] if arguments.no_dax else arguments.dax or ["4G", "4G"]
    return arguments
