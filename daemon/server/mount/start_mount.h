// SPDX-License-Identifier: GPL-2.0-only
// The steps of a mount, from the first open to the moment it is visible.
#pragma once

#include "daemon/server/mount/mounted_service.h"

#include <memory>

namespace famfs::server {

/// Returns when the mount is visible. On failure nothing of it is left.
base::Expected<std::unique_ptr<MountedService>> start_mount(const MountRequest &request);

} // namespace famfs::server
