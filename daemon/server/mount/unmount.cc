// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/mount/unmount.h"

#include "daemon/fuse/mount_table.h"
#include "daemon/log/log.h"

#include <algorithm>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

namespace famfs::server {

namespace {

/// Whether a path leads to the root of that mount: nothing lies on top of it.
bool on_top(const std::string &path, std::uint64_t mount_id) {
    struct statx status{};
    const int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC;
    return ::statx(AT_FDCWD, path.c_str(), flags, STATX_MNT_ID, &status) == 0 &&
           status.stx_mnt_id == mount_id;
}

} // namespace

base::Expected<void> unmount(std::uint64_t mount_id, const std::string &source) {
    const auto table = fuse::read_mount_table();
    const auto entry = std::ranges::find(table, mount_id, &fuse::MountEntry::id);
    if (entry == table.end())
        return {};
    const std::string &path = entry->mountpoint;
    if (!on_top(path, mount_id))
        return base::fail(EBUSY, "unmount " + source + " from", path, "another mount lies on top of it");
    if (::umount2(path.c_str(), UMOUNT_NOFOLLOW) == 0)
        return {};
    if (errno == EBUSY) {
        log::warn(path +
                  " is in use: taking it out of the tree; open files and mappings of it fail from now on");
        if (::umount2(path.c_str(), UMOUNT_NOFOLLOW | MNT_DETACH) == 0)
            return {};
    }
    return base::fail_errno("unmount " + source + " from", path);
}

} // namespace famfs::server
