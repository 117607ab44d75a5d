// SPDX-License-Identifier: GPL-2.0-only
// Which file system a command is about: --device PATH or the first positional argument, and --secondary PATH
// for each other device, in the order of the log.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace famfs::ctl {

struct Arguments {
    std::string device;
    std::vector<std::string> secondaries;
    std::vector<std::string> rest; ///< positional arguments behind the device

    /// Declares the options; after parsing, refuses (with CLI11's exceptions) fewer than @min or more than
    /// @max of rest. The object must live until then.
    void declare(CLI::App &app, std::size_t min, std::size_t max = std::numeric_limits<std::size_t>::max());

private:
    void settle(std::size_t min, std::size_t max);
};

/// An option for a size in bytes: 512, 64K, 2MiB, 1g.
CLI::Option *add_size(CLI::App &app, const std::string &name, std::uint64_t &size, const std::string &help);

/// Relative to the file system's root: no slash in front, none behind; "" is the root.
std::string trim_slashes(std::string path);
/// @name in @directory; "" is the root.
std::string join_path(std::string directory, const std::string &name);

} // namespace famfs::ctl
