// SPDX-License-Identifier: GPL-2.0-only
// famfsctl's table of commands. A command is a row: its words for the help, and a function that declares its
// options and returns what to run once they are parsed.
#pragma once

#include "base/error.h"
#include "daemon/ctl/command_line.h"

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
    const char *notes;     ///< behind the options: examples, exit status
    Action (*add)(CommandLine &line);
};

std::span<const Command> commands();

Action add_cp(CommandLine &line);
Action add_creat(CommandLine &line);
Action add_flush(CommandLine &line);
Action add_fsck(CommandLine &line);
Action add_log(CommandLine &line);
Action add_ls(CommandLine &line);
Action add_mkdir(CommandLine &line);
Action add_mkfs(CommandLine &line);
Action add_resolve(CommandLine &line);
Action add_status(CommandLine &line);
Action add_unpin(CommandLine &line);
Action add_verify(CommandLine &line);

/// "famfsctl: TEXT" on standard error.
void complain(const std::string &text);

} // namespace famfs::ctl
