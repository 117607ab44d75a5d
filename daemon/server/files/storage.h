// SPDX-License-Identifier: GPL-2.0-only
// The bytes of the devices for whoever makes files: space is zeroed before a file gets it, its data are out
// of the caches before the log names it, and the log is written in order.
#pragma once

#include "base/error.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace famfs::server {

/// Any thread. Ranges are bytes of a device, by its index. After an error part of the range may have changed.
class Storage {
public:
    virtual ~Storage() = default;
    /// On return the bytes are where another host, or this one after a crash, finds them, and before whatever
    /// is stored next. Images and block devices: only as long as the machine runs; see persist().
    virtual base::Expected<void> write(std::uint32_t device, std::uint64_t offset,
                                       std::span<const std::byte> bytes) = 0;
    virtual base::Expected<void> zero(std::uint32_t device, std::uint64_t offset, std::uint64_t length) = 0;
    /// What programs have stored through the kernel or a mapping: out of the caches, to the disk.
    virtual base::Expected<void> persist(std::uint32_t device, std::uint64_t offset,
                                         std::uint64_t length) = 0;
};

} // namespace famfs::server
