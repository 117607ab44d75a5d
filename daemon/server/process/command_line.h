// SPDX-License-Identifier: GPL-2.0-only
// famfs-bpfd's command line.
#pragma once

#include "daemon/server/mount/mount_request.h"

#include <optional>

namespace famfs::server {

/// What to do: serve, or exit at once with a status because everything has been said (--help, a wrong
/// option).
struct CommandLine {
    std::optional<int> exit_status;
    bool foreground = false;
    MountRequest request;
};
CommandLine parse_command_line(int argc, char **argv);

} // namespace famfs::server
