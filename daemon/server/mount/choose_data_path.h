// SPDX-License-Identifier: GPL-2.0-only
// Which data path this machine and these devices allow, and why not the better one.
#pragma once

#include "base/error.h"
#include "daemon/device/device.h"
#include "daemon/server/mount/mount_request.h"

#include <span>

namespace famfs::server {

/// Never `automatic`. Says in the log why that is not the hook; where the hook was asked for, the reasons are
/// the error's hint.
base::Expected<DataPath> choose_data_path(const MountRequest &request,
                                          std::span<const device::Device> devices);

} // namespace famfs::server
