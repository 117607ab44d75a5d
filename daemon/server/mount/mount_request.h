// SPDX-License-Identifier: GPL-2.0-only
// What to mount, where, and how.
#pragma once

#include "daemon/server/files/publish_options.h"
#include "loader/session.h"

#include <string>
#include <vector>

namespace famfs::server {

enum class DataPath {
    automatic, ///< whatever this machine and these devices allow
    hook,      ///< on the command line "bpf"
    copies,    ///< on the command line "daemon"
};

struct MountRequest {
    std::string device; ///< absolute, without symbolic links
    std::string mountpoint;
    std::vector<std::string> secondaries; ///< device index 1 and on
    DataPath data_path = DataPath::automatic;
    loader::Backend maps = loader::Backend::arena;
    bool read_only = false;
    bool salvage = false; ///< implies read_only
    bool allow_other = false;
    PublishOptions publish;

    /// Primary first.
    [[nodiscard]] std::vector<std::string> device_paths() const {
        std::vector<std::string> paths = {device};
        paths.insert(paths.end(), secondaries.begin(), secondaries.end());
        return paths;
    }
};

} // namespace famfs::server
