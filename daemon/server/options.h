// SPDX-License-Identifier: GPL-2.0-only
// famfs-bpfd's command line.
#pragma once

#include "daemon/server/files/publish_options.h"
#include "loader/session.h"

#include <optional>
#include <string>
#include <vector>

namespace famfs::server {

enum class PathChoice { automatic, bpf, daemon };

struct Options {
    std::string device; ///< absolute, without symbolic links
    std::string mountpoint;
    std::vector<std::string> secondaries; ///< device index 1 and on
    PathChoice data_path = PathChoice::automatic;
    loader::Backend maps = loader::Backend::arena;
    bool foreground = false;
    bool read_only = false;
    bool salvage = false; ///< implies read_only
    bool allow_other = false;
    PublishOptions publish;

    /// Primary first.
    [[nodiscard]] std::vector<std::string> device_paths() const;
};

/// What to do: serve, or exit at once with a status because everything has been said (--help, a wrong
/// option).
struct CommandLine {
    std::optional<int> exit_status;
    Options options;
};
CommandLine parse_command_line(int argc, char **argv);

} // namespace famfs::server
