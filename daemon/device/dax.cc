// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/device/dax.h"

#include "base/try.h"
#include "daemon/fuse/mount_table.h"

#include <charconv>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sys/file.h>
#include <sys/sysmacros.h>
#include <thread>

namespace famfs::device {

namespace {

std::string sysfs_directory(dev_t device) {
    return "/sys/dev/char/" + std::to_string(major(device)) + ":" + std::to_string(minor(device));
}

/// Last component of a sysfs link, "" if there is none.
std::string link_name(const std::string &link) {
    std::error_code failed;
    return std::filesystem::read_symlink(link, failed).filename().string();
}

std::string bind_hint(const std::string &path, const char *driver) {
    const std::string name = std::filesystem::path(path).filename().string();
    return "to bind it to " + std::string(driver) + ": write " + name +
           " to the unbind file of its driver under " +
           "/sys/bus/dax/drivers/, then to /sys/bus/dax/drivers/" + driver + "/new_id";
}

base::Expected<std::uint64_t> read_number(const std::string &file) {
    std::string text;
    if (!std::getline(std::ifstream(file), text))
        return base::fail(EIO, "read", file);
    std::uint64_t value = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    if (result.ec != std::errc() || value == 0)
        return base::fail(EINVAL, "understand \"" + text + "\" in", file);
    return value;
}

base::Expected<DaxDriver> driver_of(const std::string &sysfs, const std::string &path) {
    const std::string driver = link_name(sysfs + "/driver");
    if (driver == "device_dax")
        return DaxDriver::device_dax;
    if (driver == "fsdev_dax")
        return DaxDriver::fsdev_dax;
    const std::string bound = driver.empty() ? "it is bound to no driver" : "it is bound to " + driver;
    return base::fail(ENODEV, "use", path, bound + "; " + bind_hint(path, "fsdev_dax"));
}

} // namespace

base::Expected<DaxDescription> describe_dax(dev_t number, const std::string &path) {
    const std::string sysfs = sysfs_directory(number);
    if (link_name(sysfs + "/subsystem") != "dax")
        return base::fail(ENODEV, "use", path, not_usable);
    auto driver = FAMFS_TRY(driver_of(sysfs, path));
    auto size = FAMFS_TRY(read_number(sysfs + "/size"));
    return DaxDescription{.driver = driver, .size = size};
}

// A daemon ends a moment after its mount is gone; who mounts again at once would meet its lock.
base::Expected<void> lock_for_writing(int fd, const std::string &path) {
    constexpr std::chrono::milliseconds interval{20};
    constexpr int tries = 250;
    std::string mounts;
    for (int i = 0; i < tries && mounts.empty(); i++) {
        if (::flock(fd, LOCK_EX | LOCK_NB) == 0)
            return {};
        if (errno != EWOULDBLOCK)
            return base::fail_errno("lock", path);
        mounts = fuse::mounts_of(path);
        if (mounts.empty())
            std::this_thread::sleep_for(interval);
    }
    return base::fail(EWOULDBLOCK, "lock", path,
                      mounts.empty() ? "another famfs-bpfd or famfsctl on this machine is using it"
                                     : "a famfs-bpfd on this machine serves it on " + mounts);
}

base::Error with_holder(base::Error error, const std::string &path) {
    if (error.code != EBUSY)
        return error;
    const std::string mounts = fuse::mounts_of(path);
    error.hint =
        mounts.empty()
            ? "a mount holds the device: one in another mount namespace, one that was unmounted lazily "
              "and is still in use, or one of another file system"
            : "a mount holds the device, and the daemon that made it has ended: umount " + mounts;
    return error;
}

} // namespace famfs::device
