// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace concatenation {

struct Options {
    std::string mountpoint;
    std::vector<std::string> devices;
    std::uint64_t chunk = 0; ///< 0: linear
    std::string pin;         ///< empty: the program ends with the server
};

struct CommandLine {
    std::optional<Options> options; ///< empty: end with exit_code
    int exit_code;
};

/// Help, and what is wrong, is written already.
CommandLine parse_command_line(int count, char **words);

} // namespace concatenation
