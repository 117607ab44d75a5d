// SPDX-License-Identifier: GPL-2.0-only
// A command of famfsctl: its words for the help, and a function that declares its options and returns what to
// run once they are parsed.
#pragma once

#include "base/error.h"
#include "daemon/ctl/terminal/command_line.h"

#include <functional>
#include <span>
#include <string>

namespace famfs::ctl {

/// What famfsctl exits with. fsck has its own (fsck.cc).
enum ExitStatus : int {
    exit_ok = 0,
    exit_failed = 1,
    exit_usage = 64, ///< as sysexits.h: so that fsck's 1, 2, 3 mean one thing only
};

/// Returns the exit status. An error is printed by main.
using Action = std::function<base::Expected<int>()>;

struct Command {
    const char *name;
    const char *arguments; ///< positional ones, for the usage line
    const char *summary;   ///< one line
    const char *notes;     ///< after the options: examples, exit status
    Action (*add)(CommandLine &line);
};

/// main() but for signals and exceptions.
int run_command_line(int argc, char **argv, std::span<const Command *const> commands);

/// "famfsctl: TEXT" on standard error.
void complain(const std::string &text);

} // namespace famfs::ctl
