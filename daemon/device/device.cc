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
    std::uint64_t size = 0;
    base::Fd fd; ///< holds the lock; not for fsdev
    base::Memory memory;
    std::unique_ptr<PrivateMount> mount; ///< fsdev only
};

namespace {

constexpr std::uint64_t page_mask = FAMFS_PAGE_SIZE - 1;

int open_flags(Access access) {
    return (access == Access::write ? O_RDWR : O_RDONLY) | O_CLOEXEC;
}

int protection(Access access) {
    return access == Access::write ? PROT_READ | PROT_WRITE : PROT_READ;
}

base::Expected<Kind> kind_of(const std::string &path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0)
        return base::fail_errno("look at", path);
    if (S_ISREG(status.st_mode))
        return Kind::image;
    if (S_ISBLK(status.st_mode))
        return Kind::block;
    auto dax = FAMFS_TRY(describe_dax(path));
    return dax.driver == DaxDriver::fsdev_dax ? Kind::fsdev : Kind::devdax;
}

base::Expected<std::uint64_t> block_size(int fd, const std::string &path) {
    std::uint64_t size = 0;
    if (::ioctl(fd, BLKGETSIZE64, &size) != 0)
        return base::fail_errno("read the size of", path);
    return size;
}

base::Expected<std::uint64_t> image_size(int fd, const std::string &path) {
    struct stat status{};
    if (::fstat(fd, &status) != 0)
        return base::fail_errno("read the size of", path);
    if (status.st_size == 0)
        return base::fail(ENODATA, "use", path, "the file is empty");
    return static_cast<std::uint64_t>(status.st_size);
}

base::Expected<std::uint64_t> dax_size(const std::string &path) {
    auto dax = FAMFS_TRY(describe_dax(path));
    return dax.size;
}

base::Expected<std::uint64_t> size_of(Kind kind, int fd, const std::string &path) {
    switch (kind) {
    case Kind::image:
        return image_size(fd, path);
    case Kind::block:
        return block_size(fd, path);
    default:
        return dax_size(path);
    }
}

base::Expected<base::Fd> open_fd(const std::string &path, Access access) {
    base::Fd fd(::open(path.c_str(), open_flags(access)));
    if (!fd)
        return base::fail_errno("open", path);
    return fd;
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

base::Expected<Device> Device::inspect(const std::string &path) {
    auto kind = FAMFS_TRY(kind_of(path));
    auto parts = std::make_unique<Parts>();
    parts->path = path;
    parts->kind = kind;
    base::Fd fd;
    if (kind == Kind::image || kind == Kind::block)
        fd = FAMFS_TRY(open_fd(path, Access::read));
    parts->size = FAMFS_TRY(size_of(kind, fd.get(), path));
    return Device(std::move(parts));
}

base::Expected<Device> Device::open(const std::string &path, Access access) {
    auto device = FAMFS_TRY(inspect(path));
    FAMFS_TRY(device.parts_->kind == Kind::fsdev ? device.open_privately(access)
                                                 : device.open_mapped(access));
    return device;
}

base::Expected<void> Device::open_privately(Access access) {
    auto dax = FAMFS_TRY(hold_fsdev(parts_->path));
    parts_->mount = FAMFS_TRY(PrivateMount::create(std::move(dax), protection(access)));
    return {};
}

base::Expected<void> Device::open_mapped(Access access) {
    parts_->fd = FAMFS_TRY(open_fd(parts_->path, access));
    if (access == Access::write)
        FAMFS_TRY(lock_for_writing(parts_->fd.get(), parts_->path));
    // Again and with the lock: what inspect() saw may be another file by now, or shorter.
    auto size = FAMFS_TRY(size_of(parts_->kind, parts_->fd.get(), parts_->path));
    parts_->size = size;
    parts_->memory = FAMFS_TRY(base::Memory::map(parts_->fd.get(), size, protection(access), parts_->path));
    return {};
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
    return parts_->mount ? parts_->mount->bytes() : parts_->memory.bytes();
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
