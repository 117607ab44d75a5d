// SPDX-License-Identifier: GPL-2.0-only
// Character dax devices as sysfs describes them (drivers/dax/bus.c; README, "On real hardware").
#pragma once

#include "base/error.h"
#include "base/fd.h"

#include <cstdint>
#include <string>

namespace famfs::device {

enum class DaxDriver { device_dax, fsdev_dax };

struct DaxDescription {
    DaxDriver driver = DaxDriver::device_dax;
    std::uint64_t size = 0; ///< bytes
};

/// ENODEV: not a dax device, or bound to no driver or to one that we cannot use; the hint says how to bind
/// it.
base::Expected<DaxDescription> describe_dax(const std::string &path);

/// An open dax device that no other program of ours uses (flock).
struct HeldDax {
    std::string path;
    std::uint64_t size = 0;
    base::Fd fd;
};

/// For handing over to a FUSE connection. EOPNOTSUPP: not bound to fsdev_dax. EBUSY: in use on this machine.
base::Expected<HeldDax> hold_fsdev(const std::string &path);

/// Adds to an EBUSY error which mount holds the device, as far as this mount namespace shows it.
base::Error with_holder(base::Error error, const std::string &path);

/// Waits a few seconds for somebody who is about to end. EWOULDBLOCK if somebody else keeps @fd locked. The
/// lock ends with the descriptor.
base::Expected<void> lock_for_writing(int fd, const std::string &path);

} // namespace famfs::device
