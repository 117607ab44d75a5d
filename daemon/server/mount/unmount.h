// SPDX-License-Identifier: GPL-2.0-only
// Taking our own mount out of the tree, and nobody else's.
#pragma once

#include "base/error.h"

#include <cstdint>
#include <string>

namespace famfs::server {

/// Unmounts the mount with @mount_id wherever in the tree it lies now; success if it is not there any more.
/// One that is in use goes lazily: its users keep it until they end. EBUSY: another mount lies on top of it.
base::Expected<void> unmount(std::uint64_t mount_id, const std::string &source);

} // namespace famfs::server
