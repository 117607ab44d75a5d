// SPDX-License-Identifier: GPL-2.0-only
// A FUSE mount of ours, and the connection that answers its requests.
#pragma once

#include "daemon/fuse/connection.h"
#include "daemon/fuse/detached_mount.h"

#include <cstdint>
#include <optional>
#include <string>

namespace famfs::server {

/// Handlers outlive it. One thread owns it.
class FuseMount {
public:
    /// For root: in nobody's tree until attach(), and answered by @first at once.
    static base::Expected<FuseMount> detached(const fuse::MountOptions &options, fuse::Handler &first);
    /// For an ordinary user, by fusermount3: visible at once.
    static base::Expected<FuseMount> with_helper(const std::string &mountpoint,
                                                 const fuse::MountOptions &options, fuse::Handler &handler);

    /// Borrowed; the first until the end, the second until attach().
    [[nodiscard]] int fuse_fd() const { return connection_.fuse_fd(); }
    [[nodiscard]] int mount_fd() const { return detached_.mount_fd(); }
    void hand_over(fuse::Handler &next) { connection_.hand_over(next); }
    base::Expected<void> attach(const std::string &mountpoint) { return detached_.attach(mountpoint); }

    /// Readable when nobody has the mount any more.
    [[nodiscard]] int ended_fd() const { return connection_.ended_fd(); }
    /// Out of the tree, unless somebody else has done that.
    base::Expected<void> unmount();
    /// No request is answered any more; the descriptor stays, for stores through it.
    void stop_answering() { connection_.stop_answering(); }
    /// A mount that was never attached is gone.
    void drop() { detached_ = {}; }

private:
    FuseMount(std::string source, fuse::Connection connection)
        : source_(std::move(source)), connection_(std::move(connection)) {}

    std::string source_;
    fuse::Connection connection_;
    fuse::DetachedMount detached_;          ///< empty once attached
    std::optional<std::uint64_t> mount_id_; ///< absent: mounted by fusermount3
};

} // namespace famfs::server
