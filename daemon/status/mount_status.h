// SPDX-License-Identifier: GPL-2.0-only
// What the daemon of a mount says of itself: .meta/.status, which famfs-bpfd writes and famfsctl reads. For
// other programs it is JSON, whose keys are those of the members; they stay.
#pragma once

#include "base/error.h"
#include "daemon/media/check/problem.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace famfs::status {

struct MountStatus {
    static constexpr const char *allowed = "allowed";

    /// What is not published yet.
    struct Unpublished {
        std::uint64_t files = 0;
        std::uint64_t directories = 0;
        std::uint64_t bytes = 0; ///< sum of file sizes
        std::uint64_t space = 0; ///< bytes allocated
    };
    /// How full the map is; 0 is what the map does not know.
    struct Map {
        std::uint64_t files = 0;
        std::uint64_t most_files = 0;
        std::uint64_t bytes = 0;
        std::uint64_t most_bytes = 0;
    };
    /// Space on all devices, in bytes, and slots of the log.
    struct Usage {
        std::uint64_t capacity = 0;
        std::uint64_t used = 0;
        std::uint64_t free = 0;
        std::uint64_t log_slots = 0;
        std::uint64_t log_used = 0;
    };

    std::uint64_t version = 1;
    std::uint64_t pid = 0;
    std::string device;
    std::string mountpoint;
    std::string data_path;           ///< "bpf" or "daemon"
    std::optional<std::string> maps; ///< bpf only: "arena" or "rhash"
    std::optional<std::string> pin;  ///< bpf only: name of the pins
    std::string new_files;           ///< `allowed`, or why nothing can be made through the mount
    std::string publish;             ///< when files are published, as on the command line
    Unpublished unpublished;
    std::uint64_t files = 0;
    std::uint64_t directories = 0;
    media::Problems problems;
    Map map;
    Usage usage;
};

nlohmann::ordered_json to_json(const MountStatus &status);
/// EINVAL: a key is missing or has an odd value; the error names it. What else there is does not matter.
base::Expected<MountStatus> parse_status(std::string_view text);

} // namespace famfs::status
