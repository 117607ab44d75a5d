// SPDX-License-Identifier: GPL-2.0-only
// Which data path this machine and these devices allow, and why not the better one.
#pragma once

#include "base/error.h"
#include "daemon/device/device.h"
#include "daemon/server/options.h"

#include <vector>

namespace famfs::server {

/// True: bpf. Says in the log why `auto` does not take it; for --data-path=bpf the reasons are the error's
/// hint.
base::Expected<bool> choose_bpf(const Options &options, const std::vector<device::Device> &devices);

} // namespace famfs::server
