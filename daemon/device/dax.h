// SPDX-License-Identifier: GPL-2.0-only
// Character dax devices as sysfs describes them (drivers/dax/bus.c; README, "On real hardware"), and who has a
// device.
#pragma once

#include "base/error.h"

#include <cstdint>
#include <string>
#include <sys/types.h>

namespace famfs::device {

/// For whatever is of no kind that we know.
inline constexpr const char *not_usable = "it is not a dax device (/dev/daxX.Y), block device or image file";

enum class DaxDriver { device_dax, fsdev_dax };

struct DaxDescription {
    DaxDriver driver = DaxDriver::device_dax;
    std::uint64_t size = 0; ///< bytes
};

/// @number: of a character device. ENODEV: not a dax device, or bound to no driver or to one that we cannot
/// use; the hint says how to bind it.
base::Expected<DaxDescription> describe_dax(dev_t number, const std::string &path);

/// Adds to an EBUSY error which mount holds the device, as far as this mount namespace shows it.
base::Error with_holder(base::Error error, const std::string &path);

/// Waits a few seconds for somebody who is about to end. EWOULDBLOCK if somebody else keeps @fd locked. The
/// lock ends with the descriptor.
base::Expected<void> lock_for_writing(int fd, const std::string &path);

} // namespace famfs::device
