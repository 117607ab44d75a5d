// SPDX-License-Identifier: GPL-2.0-only
// Mounts that famfs-bpfd made on this host, and what their daemons say of themselves (.meta/.status).
#pragma once

#include "base/error.h"
#include "daemon/status/mount_status.h"
#include "daemon/status/unpublished.h"

#include <optional>
#include <string>
#include <vector>

namespace famfs::ctl {

struct ServedMount {
    std::string mountpoint;
    std::string device;
    std::optional<status::MountStatus> status; ///< absent: no daemon answers as it should
    bool answered = false;                     ///< a daemon does, of another version perhaps
    std::string error;                         ///< why there is no status
    std::string pin;                           ///< "" if there is none or it is not known
};

/// All of this mount namespace.
std::vector<ServedMount> served_mounts();
/// The one at @mountpoint.
std::optional<ServedMount> served_mount(const std::string &mountpoint);

/// What was made on a mount and is in no log yet, by path.
base::Expected<std::vector<status::UnpublishedFile>> unpublished_of(const ServedMount &mount);

} // namespace famfs::ctl
