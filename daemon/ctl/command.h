// SPDX-License-Identifier: GPL-2.0-only
// famfsctl's table of commands. A command is a row: its words for the help, and a function that declares its
// options and returns what to run once they are parsed.
#pragma once

#include "loader/base/error.h"

#include <CLI/CLI.hpp>
#include <functional>
#include <span>

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
    Action (*add)(CLI::App &app);
};

std::span<const Command> commands();

Action add_cp(CLI::App &app);
Action add_creat(CLI::App &app);
Action add_fsck(CLI::App &app);
Action add_log(CLI::App &app);
Action add_ls(CLI::App &app);
Action add_mkdir(CLI::App &app);
Action add_mkfs(CLI::App &app);
Action add_resolve(CLI::App &app);
Action add_status(CLI::App &app);
Action add_unpin(CLI::App &app);
Action add_verify(CLI::App &app);

/// "famfsctl: TEXT" on standard error.
void complain(const std::string &text);

} // namespace famfs::ctl
