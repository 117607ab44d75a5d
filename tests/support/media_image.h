// SPDX-License-Identifier: GPL-2.0-only
// A small famfs on two devices, made by our own mkfs, allocator and log writer, for tests to look at and to
// damage.
#pragma once

#include "base/memory.h"
#include "daemon/media/format/bytes.h"
#include "daemon/media/format/entry.h"
#include "daemon/media/tree/file_system.h"
#include "daemon/media/write/allocator.h"
#include "daemon/media/write/log_writer.h"
#include "daemon/media/write/mkfs.h"

#include <stdexcept>
#include <string>
#include <vector>

namespace famfs::test {

inline constexpr std::uint64_t sample_device_size = 4 * media::gibibyte;
/// Superblock and log: what the parser reads.
inline constexpr std::uint64_t metadata_size = media::log_offset + media::min_log_length;

/// Log index of each entry of the sample.
enum SampleEntry : std::uint64_t {
    second_device,   ///< ADD_DAXDEV 1
    directory,       ///< d
    plain,           ///< d/plain, 3 MiB in one extent of 4 MiB
    inner_directory, ///< d/e
    pieces,          ///< d/e/pieces, 5 MiB and a byte in three extents on both devices
    striped,         ///< d/striped, 9 MiB and a byte in four strips on both devices
    last,            ///< last, one byte
    sample_entries,
};

/// The value, or an exception with the error's message: for what cannot fail in a test's preparation.
template <class T>
T sound(base::Expected<T> result) {
    if (!result)
        throw std::runtime_error(result.error().message());
    if constexpr (!std::is_void_v<T>)
        return std::move(*result);
}

/// Zeros that take memory only where they are written.
inline base::Memory sparse(std::uint64_t size) {
    return sound(base::Memory::anonymous(size, "a device of the test"));
}

inline base::Uuid uuid_of(std::uint8_t fill) {
    base::Uuid uuid;
    uuid.fill(fill);
    return uuid;
}

inline bool same(std::span<const std::byte> left, std::span<const std::byte> right) {
    return left.size() == right.size() && std::memcmp(left.data(), right.data(), left.size()) == 0;
}

/// Devices in memory and the bytes of the first one's superblock and log.
class TestDevices {
public:
    explicit TestDevices(const std::vector<std::uint64_t> &sizes = {sample_device_size}) : sizes_(sizes) {
        for (const std::uint64_t size : sizes)
            devices_.push_back(sparse(size));
    }

    void mkfs(std::uint64_t log_length = media::min_log_length,
              std::uint64_t alloc_unit = media::default_alloc_unit) {
        std::vector<media::TargetDevice> secondaries;
        for (std::size_t i = 1; i < devices_.size(); i++)
            secondaries.push_back(target(i));
        sound(media::mkfs(target(0), secondaries,
                          {.log_length = log_length,
                           .alloc_unit = alloc_unit,
                           .force = true,
                           .system_uuid = uuid_of(0xAA),
                           .uuid = uuid_of(0xBB)},
                          *write_back));
    }
    [[nodiscard]] media::TargetDevice target(std::size_t device) const {
        return {devices_[device].bytes(), "device" + std::to_string(device),
                uuid_of(static_cast<std::uint8_t>(device + 1))};
    }
    [[nodiscard]] std::span<std::byte> primary() const { return devices_[0].bytes(); }
    [[nodiscard]] const std::vector<std::uint64_t> &sizes() const { return sizes_; }
    [[nodiscard]] media::FileSystem parse() const {
        return sound(media::FileSystem::parse(primary(), sizes_));
    }
    /// Superblock and a log of the smallest length.
    [[nodiscard]] std::vector<std::byte> metadata() const {
        const auto bytes = primary().first(metadata_size);
        return {bytes.begin(), bytes.end()};
    }

    std::unique_ptr<media::WriteBack> write_back = media::write_back_to_page_cache();

private:
    std::vector<std::uint64_t> sizes_;
    std::vector<base::Memory> devices_;
};

/// Superblock and log of the sample; the same bytes every time.
inline std::vector<std::byte> make_sample() {
    const TestDevices made = [] {
        TestDevices devices({sample_device_size, sample_device_size});
        devices.mkfs();
        const media::FileSystem fs = devices.parse();
        media::Allocator allocator(fs, 1);
        auto log = sound(media::LogWriter::open(devices.primary(), fs, *devices.write_back));
        const media::Attributes attributes{1000, 100, 0644};
        constexpr std::uint64_t unit = media::default_alloc_unit;
        // The two ends are those of the devices.
        const base::FileMap scattered{0,
                                      0,
                                      5 * media::mebibyte + 1,
                                      0,
                                      {{0, sample_device_size - unit, unit},
                                       {1, sample_device_size - 2 * unit, 2 * unit},
                                       {0, sample_device_size - 3 * unit, unit}}};
        const auto file = [&](const char *path, const base::FileMap &map) {
            sound(log.append(media::make_file_entry(path, map, attributes)));
        };
        const auto make_directory = [&](const char *path) {
            sound(log.append(media::make_directory_entry(path, {0, 0, 0755})));
        };
        make_directory("d");
        file("d/plain", sound(allocator.allocate(3 * media::mebibyte)));
        make_directory("d/e");
        file("d/e/pieces", scattered);
        file("d/striped",
             sound(allocator.allocate(9 * media::mebibyte + 1, {.strips = 4, .chunk = unit, .buckets = 4})));
        file("last", sound(allocator.allocate(1)));
        return devices;
    }();
    return made.metadata();
}

inline const std::vector<std::byte> &sample() {
    static const std::vector<std::byte> bytes = make_sample();
    return bytes;
}

inline std::vector<std::uint64_t> sample_sizes() {
    return {sample_device_size, sample_device_size};
}

} // namespace famfs::test
