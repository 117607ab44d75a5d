// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/fuse/detached_mount.h"

#include "base/try.h"

#include <array>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace famfs::fuse {

namespace {

constexpr const char *fuse_device = "/dev/fuse";

/// What the kernel wrote into the context's log: often better than the errno.
std::string context_message(int context) {
    std::array<char, 512> line{};
    const ssize_t length = ::read(context, line.data(), line.size());
    if (length <= 2)
        return {};
    std::string text(line.data() + 2, static_cast<std::size_t>(length) - 2);
    while (!text.empty() && text.back() == '\n')
        text.pop_back();
    return "the kernel says: " + text;
}

struct Setting {
    const char *key;
    std::string value; ///< empty: a flag
};

std::vector<Setting> settings(const MountOptions &options, int fuse_fd) {
    std::vector<Setting> list = {{"source", options.source},
                                 {"subtype", "famfs"},
                                 {"fd", std::to_string(fuse_fd)},
                                 {"rootmode", "40000"},
                                 {"user_id", std::to_string(::geteuid())},
                                 {"group_id", std::to_string(::getegid())},
                                 {"default_permissions", ""}};
    if (options.allow_other)
        list.push_back({"allow_other", ""});
    return list;
}

base::Expected<void> configure(int context, const MountOptions &options, int fuse_fd) {
    for (const Setting &setting : settings(options, fuse_fd)) {
        const bool flag = setting.value.empty();
        const unsigned command = flag ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING;
        if (::fsconfig(context, command, setting.key, flag ? nullptr : setting.value.c_str(), 0) != 0)
            return base::fail_errno("set the FUSE mount's option", setting.key, context_message(context));
    }
    if (::fsconfig(context, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0)
        return base::fail_errno("create a FUSE mount for", options.source, context_message(context));
    return {};
}

base::Expected<std::uint64_t> read_mount_id(int mount_fd) {
    struct statx result{};
    if (::statx(mount_fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_MNT_ID, &result) != 0)
        return base::fail_errno("read the mount's id of", "the new FUSE mount");
    return result.stx_mnt_id;
}

} // namespace

base::Expected<DetachedMount> DetachedMount::create(const MountOptions &options) {
    DetachedMount mount;
    mount.fuse_fd_ = base::Fd(::open(fuse_device, O_RDWR | O_CLOEXEC | O_NONBLOCK));
    if (!mount.fuse_fd_)
        return base::fail_errno("open", fuse_device,
                                "load the kernel module fuse, and look at the file's permissions");
    const base::Fd context(::fsopen("fuse", FSOPEN_CLOEXEC));
    if (!context)
        return base::fail_errno("open a mount context of type", "fuse",
                                "mounting needs root (CAP_SYS_ADMIN)");
    FAMFS_TRY(configure(context.get(), options, mount.fuse_fd_.get()));
    // Bits in the log come from whoever writes the shared memory: no set-user-id, no device nodes.
    const unsigned attributes =
        MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | (options.read_only ? MOUNT_ATTR_RDONLY : 0);
    mount.mount_fd_ = base::Fd(::fsmount(context.get(), FSMOUNT_CLOEXEC, attributes));
    if (!mount.mount_fd_)
        return base::fail_errno("make a FUSE mount for", options.source, context_message(context.get()));
    mount.mount_id_ = FAMFS_TRY(read_mount_id(mount.mount_fd_.get()));
    return mount;
}

base::Expected<void> DetachedMount::attach(const std::string &mountpoint) {
    if (::move_mount(mount_fd_.get(), "", AT_FDCWD, mountpoint.c_str(), MOVE_MOUNT_F_EMPTY_PATH) != 0)
        return base::fail_errno("attach the mount to", mountpoint);
    mount_fd_.reset();
    return {};
}

} // namespace famfs::fuse
