// SPDX-License-Identifier: GPL-2.0-only
// A FUSE mount that is in nobody's tree: files in it can be opened through its descriptor only. It stays so
// (a private mount that ends when the descriptor is closed), or is attached to the tree once it is ready to
// answer. Source: fs/fuse/inode.c, fuse_fs_parameters; fsmount(2), move_mount(2).
#pragma once

#include "base/error.h"
#include "base/fd.h"

#include <cstdint>
#include <string>

namespace famfs::fuse {

struct MountOptions {
    std::string source; ///< what the mount table shows: the device's path
    bool allow_other = false;
    bool read_only = false;
};

/// Needs CAP_SYS_ADMIN in the mount namespace's user namespace: EPERM without it.
class DetachedMount {
public:
    static base::Expected<DetachedMount> create(const MountOptions &options);

    /// The mounted /dev/fuse, non-blocking; whoever serves the connection takes it, once.
    [[nodiscard]] base::Fd take_fuse_fd() { return std::move(fuse_fd_); }
    /// For openat(); an open descriptor keeps the mount busy.
    [[nodiscard]] int mount_fd() const { return mount_fd_.get(); }
    /// Identifies the mount in /proc/self/mountinfo, wherever it is moved.
    [[nodiscard]] std::uint64_t mount_id() const { return mount_id_; }
    /// Makes it visible. Afterwards this object holds nothing.
    base::Expected<void> attach(const std::string &mountpoint);

private:
    base::Fd fuse_fd_;
    base::Fd mount_fd_;
    std::uint64_t mount_id_ = 0;
};

} // namespace famfs::fuse
