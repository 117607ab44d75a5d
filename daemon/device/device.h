// SPDX-License-Identifier: GPL-2.0-only
// A device, whatever it is: opened once, locked, and its bytes as one mapping for as long as they are wanted.
#pragma once

#include "base/error.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace famfs::device {

enum class Kind {
    image,  ///< regular file
    block,  ///< block device
    devdax, ///< character dax device bound to device_dax: mmap is allowed
    fsdev,  ///< character dax device bound to fsdev_dax: readable only through a mount, so a private one is
            ///< made
};
enum class Access { read, write };

std::string_view to_string(Kind kind);

/// Owns the descriptor, the mapping and whatever keeps it valid. The bytes may change under the reader: other
/// hosts write them.
class Device {
public:
    /// Opens without mapping. ENODEV: neither of the kinds. Locked (flock) for Access::write, so that no other
    /// program of ours writes: EWOULDBLOCK. An fsdev device is locked, and opened for writing, in any case,
    /// because only one mount can have it: EBUSY.
    static base::Expected<Device> hold(const std::string &path, Access access);
    /// Makes bytes() the whole device, an fsdev device's through a mount of its own. EBUSY: a mount holds it.
    /// EOPNOTSUPP: this kernel has no hook to read it through.
    base::Expected<void> map();
    /// The same for an fsdev device that was handed over to the mount @mount_fd, where it is the file @name.
    base::Expected<void> map_through(int mount_fd, const std::string &name, Access access);
    /// What hold() does, less the bytes.
    void unmap();
    /// hold() and map().
    static base::Expected<Device> open(const std::string &path, Access access);

    [[nodiscard]] int fd() const;                     ///< borrowed; for handing over to a FUSE connection
    [[nodiscard]] std::span<std::byte> bytes() const; ///< empty unless mapped
    /// A part of bytes(). EINVAL: not within the device. @operation is for the error.
    [[nodiscard]] base::Expected<std::span<std::byte>> window(std::uint64_t offset, std::uint64_t length,
                                                              const char *operation) const;
    /// Copies that answer EIO where touching bytes() would be SIGBUS: a truncated image, a full disk, failed
    /// memory. EINVAL: not within the device. Any thread.
    base::Expected<void> read(std::uint64_t offset, std::span<std::byte> to) const;
    base::Expected<void> write(std::uint64_t offset, std::span<const std::byte> from) const;
    /// Images and block devices: what was written reaches the disk. Dax devices: nothing to do.
    [[nodiscard]] base::Expected<void> flush(std::uint64_t offset, std::uint64_t length) const;
    [[nodiscard]] std::uint64_t size() const; ///< bytes
    [[nodiscard]] Kind kind() const;
    [[nodiscard]] bool is_dax() const; ///< memory: what is stored waits in the caches of the CPU
    [[nodiscard]] const std::string &path() const;

    Device(Device &&) noexcept;
    Device &operator=(Device &&) noexcept;
    ~Device();

private:
    struct Parts;
    explicit Device(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

} // namespace famfs::device
