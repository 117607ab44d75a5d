// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/mount/fuse_mount.h"

#include "base/try.h"
#include "daemon/server/mount/unmount.h"

#include <algorithm>
#include <thread>

namespace famfs::server {

namespace {

unsigned worker_threads() {
    return std::clamp(std::thread::hardware_concurrency(), 2U, 8U);
}

} // namespace

base::Expected<FuseMount> FuseMount::detached(const fuse::MountOptions &options, fuse::Handler &first) {
    auto detached = FAMFS_TRY(fuse::DetachedMount::create(options));
    auto connection = FAMFS_TRY(fuse::Connection::serve(detached.take_fuse_fd(), first, worker_threads()));
    FuseMount mount(options.source, std::move(connection));
    mount.mount_id_ = detached.mount_id();
    mount.detached_ = std::move(detached);
    return mount;
}

base::Expected<FuseMount> FuseMount::with_helper(const std::string &mountpoint,
                                                 const fuse::MountOptions &options, fuse::Handler &handler) {
    auto connection =
        FAMFS_TRY(fuse::Connection::mount_with_helper(mountpoint, options, handler, worker_threads()));
    return FuseMount(options.source, std::move(connection));
}

base::Expected<void> FuseMount::unmount() {
    if (connection_.ended())
        return {};
    if (mount_id_)
        return server::unmount(*mount_id_, source_);
    connection_.unmount_with_helper();
    return {};
}

} // namespace famfs::server
