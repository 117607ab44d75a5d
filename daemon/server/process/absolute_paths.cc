// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/process/absolute_paths.h"

#include "base/try.h"

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>

namespace famfs::server {

namespace {

base::Expected<void> make_absolute(std::string &path, const char *what) {
    const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr), &std::free);
    if (!real)
        return base::fail_errno("find the " + std::string(what), path);
    path = real.get();
    return {};
}

/// What a request gets after its daemon has ended, or that waited for it while it ended.
bool dead_fuse(int code) {
    return code == ENOTCONN || code == ECONNABORTED;
}

// Asks the file system that lies there now: attributes in the kernel's cache outlive a dead FUSE daemon.
base::Expected<void> check_directory(const std::string &path) {
    struct statx status{};
    if (::statx(AT_FDCWD, path.c_str(), AT_STATX_FORCE_SYNC, STATX_TYPE, &status) != 0)
        return base::fail_errno(
            "use the mountpoint", path,
            dead_fuse(errno) ? "a mount whose daemon has ended lies on it: umount it first" : "");
    if (!S_ISDIR(status.stx_mode))
        return base::fail(ENOTDIR, "use the mountpoint", path);
    return {};
}

} // namespace

base::Expected<void> settle_paths(MountRequest &request) {
    FAMFS_TRY(make_absolute(request.device, "device"));
    for (std::string &path : request.secondaries)
        FAMFS_TRY(make_absolute(path, "secondary device"));
    for (const std::string &path : request.secondaries)
        if (std::ranges::count(request.device_paths(), path) != 1)
            return base::fail(EINVAL, "use the secondary device", path, "it is given twice");
    // First, because a dead mount there makes realpath() fail with less to say.
    FAMFS_TRY(check_directory(request.mountpoint));
    return make_absolute(request.mountpoint, "mountpoint");
}

} // namespace famfs::server
