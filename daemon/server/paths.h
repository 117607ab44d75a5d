// SPDX-License-Identifier: GPL-2.0-only
// The paths of the command line, made sure of before anything is opened: in the background the daemon's
// current directory is /.
#pragma once

#include "base/error.h"
#include "daemon/server/options.h"

namespace famfs::server {

/// Makes devices and mountpoint absolute. ENOENT, ENOTDIR; ENOTCONN: a dead FUSE mount lies on the
/// mountpoint.
base::Expected<void> settle_paths(Options &options);

} // namespace famfs::server
