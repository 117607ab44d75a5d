// SPDX-License-Identifier: GPL-2.0-only
// Mounts that famfs-bpfd made on this host, and what their daemons say of themselves (.meta/.status).
#pragma once

#include "base/error.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace famfs::ctl {

struct ServedMount {
    std::string mountpoint;
    std::string device;
    std::optional<nlohmann::ordered_json> status; ///< absent: no daemon answers
    std::string error;                            ///< then why
    std::string pin;                              ///< "" if there is none or it is not known
};

/// All of this mount namespace.
std::vector<ServedMount> served_mounts();
/// The one at @mountpoint.
std::optional<ServedMount> served_mount(const std::string &mountpoint);

/// What was made on a mount and is in no log yet.
struct UnpublishedFile {
    std::string path; ///< relative to the root
    bool directory = false;
    std::uint32_t mode = 0;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::uint64_t size = 0;
    std::uint64_t space = 0; ///< bytes allocated
    bool open_for_writing = false;
};
/// By path. Empty also where the daemon says nothing of it.
std::vector<UnpublishedFile> unpublished_of(const ServedMount &mount);

} // namespace famfs::ctl
