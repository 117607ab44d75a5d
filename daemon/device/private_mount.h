// SPDX-License-Identifier: GPL-2.0-only
// The bytes of one fsdev_dax device for a process that serves no file system itself (famfsctl, the daemon
// data path).
#pragma once

#include "base/memory.h"
#include "daemon/device/dax.h"
#include "daemon/device/whole_devices.h"
#include "daemon/fuse/connection.h"
#include "daemon/fuse/detached_mount.h"
#include "loader/session.h"

#include <memory>

namespace famfs::device {

/// Holds the device for as long as it lives. Members in order of construction; destroyed in reverse: the
/// mapping goes first, then the mount, then the program, then the connection.
class PrivateMount {
public:
    /// EBUSY: another mount holds the device. EOPNOTSUPP: this kernel has no hook, or the device is not bound
    /// to fsdev_dax.
    static base::Expected<std::unique_ptr<PrivateMount>> create(HeldDax dax, int protection);

    [[nodiscard]] std::span<std::byte> bytes() const { return memory_.bytes(); }

private:
    explicit PrivateMount(HeldDax dax);
    base::Expected<void> connect();
    base::Expected<void> load();

    HeldDax dax_;
    WholeDevices file_;
    std::unique_ptr<fuse::Connection> connection_;
    std::unique_ptr<loader::Session> session_;
    fuse::DetachedMount mount_;
    base::Memory memory_;
};

} // namespace famfs::device
