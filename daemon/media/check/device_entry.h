// SPDX-License-Identifier: GPL-2.0-only
// The devices that a file system names.
#pragma once

#include "base/uuid.h"

#include <cstdint>

namespace famfs::media {

/// A device of the file system. Index 0 is the primary; the rest come from ADD_DAXDEV entries, in log order.
struct DeviceEntry {
    std::uint64_t size = 0; ///< bytes, as the log or superblock says
    base::Uuid uuid{};
    bool at_hand = false;     ///< its size was given to parse()
    std::uint64_t usable = 0; ///< bytes that files may reach: the smaller of `size` and what is at hand
};

} // namespace famfs::media
