// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/device/device.h"

#include "base/fd.h"
#include "base/memory.h"
#include "base/try.h"
#include "bpf/abi.h"
#include "daemon/device/checked_copy.h"
#include "daemon/device/dax.h"
#include "daemon/device/private_mount.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>

namespace famfs::device {

struct Device::Parts {
    std::string path;
    Kind kind = Kind::image;
    Access access = Access::read;
    std::uint64_t size = 0;
    base::Fd fd;                         ///< holds the lock
    std::unique_ptr<PrivateMount> mount; ///< fsdev only, and absent where another mount has it
    base::Memory memory;                 ///< goes before the mount that it is a mapping of
};

namespace {

constexpr std::uint64_t page_mask = FAMFS_PAGE_SIZE - 1;

int open_flags(Access access) {
    return (access == Access::write ? O_RDWR : O_RDONLY) | O_CLOEXEC;
}

int protection(Access access) {
    return access == Access::write ? PROT_READ | PROT_WRITE : PROT_READ;
}

base::Expected<Kind> kind_of(const struct stat &status, const std::string &path) {
    if (S_ISREG(status.st_mode))
        return Kind::image;
    if (S_ISBLK(status.st_mode))
        return Kind::block;
    if (!S_ISCHR(status.st_mode))
        return base::fail(ENODEV, "use", path, not_usable);
    const auto dax = FAMFS_TRY(describe_dax(status.st_rdev, path));
    return dax.driver == DaxDriver::fsdev_dax ? Kind::fsdev : Kind::devdax;
}

base::Expected<std::uint64_t> block_size(int fd, const std::string &path) {
    std::uint64_t size = 0;
    if (::ioctl(fd, BLKGETSIZE64, &size) != 0)
        return base::fail_errno("read the size of", path);
    return size;
}

base::Expected<std::uint64_t> image_size(const struct stat &status, const std::string &path) {
    if (status.st_size == 0)
        return base::fail(ENODATA, "use", path, "the file is empty");
    return static_cast<std::uint64_t>(status.st_size);
}

base::Expected<std::uint64_t> size_of(int fd, const struct stat &status, const std::string &path) {
    if (S_ISREG(status.st_mode))
        return image_size(status, path);
    if (S_ISBLK(status.st_mode))
        return block_size(fd, path);
    const auto dax = FAMFS_TRY(describe_dax(status.st_rdev, path));
    return dax.size;
}

/// EBUSY for a device that only one mount can have, as the kernel says of one that it has given away.
base::Expected<void> lock(int fd, Kind kind, const std::string &path) {
    auto locked = lock_for_writing(fd, path);
    if (!locked && locked.error().code == EWOULDBLOCK && kind == Kind::fsdev)
        locked.error().code = EBUSY;
    return locked;
}

} // namespace

std::string_view to_string(Kind kind) {
    switch (kind) {
    case Kind::image:
        return "image file";
    case Kind::block:
        return "block device";
    case Kind::devdax:
        return "dax device (device_dax)";
    case Kind::fsdev:
        return "dax device (fsdev_dax)";
    }
    return "device";
}

Device::Device(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Device::Device(Device &&) noexcept = default;
Device &Device::operator=(Device &&) noexcept = default;
Device::~Device() = default;

// What the path names when it is looked at decides how it is opened; what was opened, and is locked, decides
// everything else.
base::Expected<Device> Device::hold(const std::string &path, Access access) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0)
        return base::fail_errno("look at", path);
    const Kind kind = FAMFS_TRY(kind_of(status, path));
    const bool exclusive = access == Access::write || kind == Kind::fsdev;
    auto parts = std::make_unique<Parts>();
    parts->path = path;
    parts->access = access;
    parts->fd = base::Fd(::open(path.c_str(), open_flags(exclusive ? Access::write : Access::read)));
    if (!parts->fd)
        return base::fail_errno("open", path);
    if (exclusive)
        FAMFS_TRY(lock(parts->fd.get(), kind, path));
    if (::fstat(parts->fd.get(), &status) != 0)
        return base::fail_errno("look at", path);
    parts->kind = FAMFS_TRY(kind_of(status, path));
    parts->size = FAMFS_TRY(size_of(parts->fd.get(), status, path));
    return Device(std::move(parts));
}

base::Expected<Device> Device::open(const std::string &path, Access access) {
    auto device = FAMFS_TRY(hold(path, access));
    FAMFS_TRY(device.map());
    return device;
}

base::Expected<void> Device::map() {
    if (parts_->kind == Kind::fsdev) {
        parts_->mount = FAMFS_TRY(PrivateMount::create(*this));
        return map_through(parts_->mount->mount_fd(), PrivateMount::file_name(), parts_->access);
    }
    parts_->memory = FAMFS_TRY(
        base::Memory::map(parts_->fd.get(), parts_->size, protection(parts_->access), parts_->path));
    return {};
}

base::Expected<void> Device::map_through(int mount_fd, const std::string &name, Access access) {
    const base::Fd file(::openat(mount_fd, name.c_str(), open_flags(access)));
    if (!file)
        return base::fail_errno("open", parts_->path + " through a private mount");
    parts_->memory = FAMFS_TRY(base::Memory::map(file.get(), parts_->size, protection(access), parts_->path));
    return {};
}

void Device::unmap() {
    parts_->memory.reset();
    parts_->mount.reset();
}

int Device::fd() const {
    return parts_->fd.get();
}

base::Expected<std::span<std::byte>> Device::window(std::uint64_t offset, std::uint64_t length,
                                                    const char *operation) const {
    const std::span<std::byte> all = bytes();
    if (offset > all.size() || length > all.size() - offset)
        return base::fail(EINVAL, operation, parts_->path,
                          std::to_string(length) + " bytes at " + std::to_string(offset) +
                              " are not within its " + std::to_string(all.size()) + " bytes");
    return all.subspan(offset, length);
}

base::Expected<void> Device::read(std::uint64_t offset, std::span<std::byte> to) const {
    auto from = FAMFS_TRY(window(offset, to.size(), "read"));
    return copy_from_mapping(from, to, parts_->path);
}

base::Expected<void> Device::write(std::uint64_t offset, std::span<const std::byte> from) const {
    auto to = FAMFS_TRY(window(offset, from.size(), "write"));
    return copy_to_mapping(from, to, parts_->path);
}

base::Expected<void> Device::flush(std::uint64_t offset, std::uint64_t length) const {
    if (is_dax())
        return {};
    const std::uint64_t start = offset & ~page_mask;
    auto range = FAMFS_TRY(window(start, offset - start + length, "flush"));
    if (::msync(range.data(), range.size(), MS_SYNC) != 0)
        return base::fail_errno("flush", parts_->path);
    return {};
}

std::span<std::byte> Device::bytes() const {
    return parts_->memory.bytes();
}

std::uint64_t Device::size() const {
    return parts_->size;
}

Kind Device::kind() const {
    return parts_->kind;
}

bool Device::is_dax() const {
    return parts_->kind == Kind::devdax || parts_->kind == Kind::fsdev;
}

const std::string &Device::path() const {
    return parts_->path;
}

} // namespace famfs::device
