// SPDX-License-Identifier: GPL-2.0-only
// The paths of a mount, made sure of before anything is opened: in the background the daemon's
// current directory is /.
#pragma once

#include "base/error.h"
#include "daemon/server/mount/mount_request.h"

namespace famfs::server {

/// Makes devices and mountpoint absolute. ENOENT, ENOTDIR; ENOTCONN: a dead FUSE mount lies on the
/// mountpoint.
base::Expected<void> settle_paths(MountRequest &request);

} // namespace famfs::server
