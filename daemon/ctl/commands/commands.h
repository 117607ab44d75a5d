// SPDX-License-Identifier: GPL-2.0-only
// Every command of famfsctl. A command is a file of this folder, which defines NAME_command.
#pragma once

#include "daemon/ctl/terminal/command.h"

#include <span>

namespace famfs::ctl {

/// In the order of the help.
#define FAMFS_CTL_COMMANDS(each)                                                                             \
    each(mkfs) each(cp) each(creat) each(verify) each(mkdir) each(ls) each(log) each(fsck) each(publish)     \
        each(flush) each(resolve) each(status) each(unpin)

#define FAMFS_DECLARE_COMMAND(name) extern const Command name##_command;
FAMFS_CTL_COMMANDS(FAMFS_DECLARE_COMMAND)
#undef FAMFS_DECLARE_COMMAND

std::span<const Command *const> commands();

} // namespace famfs::ctl
