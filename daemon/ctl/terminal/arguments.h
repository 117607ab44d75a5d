// SPDX-License-Identifier: GPL-2.0-only
// Which file system a command is about: --device PATH or the first positional argument, and --secondary PATH
// for each other device, in the order of the log.
#pragma once

#include "daemon/ctl/terminal/command_line.h"

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

namespace famfs::ctl {

struct Arguments {
    std::string device;
    std::vector<std::string> secondaries;
    std::vector<std::string> rest; ///< positional arguments after the device

    /// Refuses fewer than @min or more than @max of rest. The object must live until all is parsed.
    void declare(CommandLine &line, std::size_t min,
                 std::size_t max = std::numeric_limits<std::size_t>::max());

private:
    std::string settle(std::size_t min, std::size_t max);
};

/// Relative to the file system's root: no slash in front, none after; "" is the root.
std::string trim_slashes(std::string path);
/// As it stands in the mount table, without asking the file system that is mounted there.
std::string absolute_path(const std::string &path);
/// @name in @directory; "" is the root.
std::string join_path(std::string directory, std::string_view name);

} // namespace famfs::ctl
