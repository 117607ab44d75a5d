// SPDX-License-Identifier: GPL-2.0-only
// The bytes of one fsdev_dax device for a process that serves no file system itself (famfsctl, the daemon
// data path).
#pragma once

#include "daemon/device/device.h"
#include "daemon/device/whole_devices.h"
#include "daemon/fuse/connection.h"
#include "daemon/fuse/detached_mount.h"
#include "loader/session.h"

#include <memory>

namespace famfs::device {

/// The kernel keeps the device for as long as it lives. Members in order of construction; destroyed in
/// reverse: the mount goes first, then the program, then the connection.
class PrivateMount {
public:
    /// @device: of kind fsdev. EBUSY: another mount holds it. EOPNOTSUPP: this kernel has no hook.
    static base::Expected<std::unique_ptr<PrivateMount>> create(const Device &device);

    /// For openat().
    [[nodiscard]] int mount_fd() const { return mount_.mount_fd(); }
    /// The one file there: the whole device.
    static std::string file_name() { return WholeDevices::file_name(0); }

private:
    explicit PrivateMount(std::uint64_t size);
    base::Expected<void> connect(const std::string &path);
    base::Expected<void> load(const Device &device);

    WholeDevices file_;
    std::unique_ptr<fuse::Connection> connection_;
    std::unique_ptr<loader::Session> session_;
    fuse::DetachedMount mount_;
};

} // namespace famfs::device
