// SPDX-License-Identifier: GPL-2.0-only
// .meta/.status: what this daemon is doing, for people and for famfsctl status.
#pragma once

#include "daemon/media/file_system.h"

#include <optional>
#include <string>

namespace famfs::server {

struct Status {
    std::string device;
    std::string mountpoint;
    std::string data_path;           ///< "bpf" or "daemon"
    std::optional<std::string> maps; ///< bpf only: "arena" or "rhash"
    std::optional<std::string> pin;  ///< bpf only: name of the pins
};

/// JSON, indented, with a newline at the end; version 1.
std::string status_text(const Status &status, const media::FileSystem &file_system);

} // namespace famfs::server
