// SPDX-License-Identifier: GPL-2.0-only
// The bytes of a device as one mapping, whatever it is.
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

/// Owns the mapping and whatever keeps it valid. The bytes may change under the reader: other hosts write
/// them.
class Device {
public:
    /// ENODEV: neither of the kinds. EBUSY: an fsdev device held by a mount (name it in the hint).
    /// EOPNOTSUPP: fsdev without the kernel hook. Block devices and images are locked (flock) for
    /// Access::write: EWOULDBLOCK.
    static base::Expected<Device> open(const std::string &path, Access access);
    /// Kind and size only; opens nothing for longer than the call.
    static base::Expected<Device> inspect(const std::string &path);

    [[nodiscard]] std::span<std::byte> bytes() const; ///< empty after inspect()
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
    base::Expected<void> open_mapped(Access access);
    base::Expected<void> open_privately(Access access);
    std::unique_ptr<Parts> parts_;
};

} // namespace famfs::device
