// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/media/check/file_check.h"

#include "base/text.h"
#include "daemon/media/format/bytes.h"

namespace famfs::media {

namespace {

/// bpf/mapping.h takes chunk shifts up to 40.
constexpr std::uint64_t max_chunk = 1ULL << 40;

class FileChecker {
public:
    FileChecker(const LogEntry &entry, const Superblock &superblock, std::span<const DeviceEntry> devices,
                Claims &claims, EntryReport &report)
        : file_(entry.file), superblock_(superblock), devices_(devices), claims_(claims), report_(report) {}

    FileCheck run() {
        check_attributes();
        if (check_extent_counts()) {
            check_extents();
            if (result_.usable)
                interleaved() ? check_strips_cover() : check_extents_cover();
        }
        return result_;
    }

private:
    [[nodiscard]] bool interleaved() const {
        return file_.extent_type == static_cast<std::uint32_t>(ExtentType::interleaved);
    }
    [[nodiscard]] std::size_t extents_at() const {
        return interleaved() ? offsetof(LogEntry, file.interleaved.strip) : offsetof(LogEntry, file.simple);
    }
    void error(const char *code, std::string field, std::size_t at, std::string found, std::string expected) {
        report_.error(code, std::move(field), at, std::move(found), std::move(expected));
        result_.usable = false;
    }
    void extent_error(const char *code, std::size_t extent, const char *field, std::size_t at,
                      std::uint64_t found, std::string expected) {
        error(code, (interleaved() ? "strips[" : "extents[") + std::to_string(extent) + "]." + field,
              extents_at() + extent * sizeof(MediaExtent) + at, std::to_string(found), std::move(expected));
    }

    void check_attributes() {
        if (file_.size == 0 || file_.size > INT64_MAX)
            error("file-size", "size", offsetof(LogEntry, file.size), std::to_string(file_.size),
                  "1 to 9223372036854775807");
        if (file_.flags != all_hosts_write && file_.flags != all_hosts_read)
            report_.warning("file-flags", "flags", offsetof(LogEntry, file.flags), base::hex(file_.flags),
                            "1 (all hosts read) or 2 (all hosts write)", "ignored");
        if ((file_.mode & ~07777U) != 0)
            report_.warning("mode", "mode", offsetof(LogEntry, file.mode), base::hex(file_.mode),
                            "permission bits only", "the other bits are ignored");
    }

    bool check_extent_counts() {
        if (file_.extent_type > static_cast<std::uint32_t>(ExtentType::interleaved)) {
            error("extent-type", "extent_type", offsetof(LogEntry, file.extent_type),
                  std::to_string(file_.extent_type), "0 (simple) or 1 (interleaved)");
            return false;
        }
        const std::size_t limit = interleaved() ? 1 : max_extents;
        if (file_.extents == 0 || file_.extents > limit) {
            error("extent-count", "extents", offsetof(LogEntry, file.extents), std::to_string(file_.extents),
                  interleaved() ? "1" : "1 to 16");
            return false;
        }
        return !interleaved() || check_interleave();
    }

    bool check_interleave() {
        const Interleaved &interleave = file_.interleaved;
        bool good = true;
        if (interleave.strips == 0 || interleave.strips > max_strips) {
            error("interleave-strips", "strips", offsetof(LogEntry, file.interleaved.strips),
                  std::to_string(interleave.strips), "1 to 16");
            good = false;
        }
        if (!std::has_single_bit(interleave.chunk) || interleave.chunk % superblock_.alloc_unit != 0 ||
            interleave.chunk > max_chunk) {
            error("interleave-chunk", "chunk", offsetof(LogEntry, file.interleaved.chunk),
                  std::to_string(interleave.chunk),
                  "a power of two, a multiple of " + std::to_string(superblock_.alloc_unit) +
                      ", at most 1 TiB");
            good = false;
        }
        return good;
    }

    void check_extents() {
        const auto list = extents_of(file_);
        for (std::size_t i = 0; i < list.size(); i++)
            if (check_extent(list[i], i))
                take(list[i], i);
    }

    bool check_extent(const MediaExtent &extent, std::size_t i) {
        if (extent.device >= devices_.size()) {
            extent_error("extent-device", i, "device", offsetof(MediaExtent, device), extent.device,
                         "at most " + std::to_string(devices_.size() - 1) + ", the devices added so far");
            return false;
        }
        const bool aligned = check_alignment(extent, i);
        return check_bounds(extent, i) && aligned;
    }

    bool check_alignment(const MediaExtent &extent, std::size_t i) {
        const bool offset_good = extent.offset % superblock_.alloc_unit == 0;
        const bool length_good = extent.length != 0 && extent.length % superblock_.alloc_unit == 0;
        if (offset_good && length_good)
            return true;
        const std::string multiple = "a multiple of " + std::to_string(superblock_.alloc_unit);
        if (!offset_good)
            extent_error("extent-alignment", i, "offset", offsetof(MediaExtent, offset), extent.offset,
                         multiple);
        if (!length_good)
            extent_error("extent-length", i, "length", offsetof(MediaExtent, length), extent.length,
                         multiple + ", not 0");
        return false;
    }

    bool check_bounds(const MediaExtent &extent, std::size_t i) {
        const std::uint64_t usable = devices_[extent.device].usable;
        if (extent.offset >= usable || extent.length > usable - extent.offset) {
            const bool starts_inside = extent.offset < usable;
            extent_error("extent-past-device", i, starts_inside ? "length" : "offset",
                         starts_inside ? offsetof(MediaExtent, length) : offsetof(MediaExtent, offset),
                         starts_inside ? extent.length : extent.offset,
                         starts_inside ? "at most " + std::to_string(usable - extent.offset)
                                       : "below the end of device " + std::to_string(extent.device) + ", " +
                                             std::to_string(usable));
            return false;
        }
        return check_data_area(extent, i);
    }

    /// The primary's superblock and log are no file's. A secondary's first 2 MiB hold a label only by our
    /// convention.
    bool check_data_area(const MediaExtent &extent, std::size_t i) {
        const std::uint64_t start = data_start(extent.device, superblock_.log_length);
        if (extent.offset >= start)
            return true;
        if (extent.device == 0) {
            extent_error("extent-below-data", i, "offset", offsetof(MediaExtent, offset), extent.offset,
                         "at least " + std::to_string(start) + ", after the log");
            return false;
        }
        report_.warning("extent-in-label",
                        (interleaved() ? "strips[" : "extents[") + std::to_string(i) + "].offset",
                        extents_at() + i * sizeof(MediaExtent) + offsetof(MediaExtent, offset),
                        std::to_string(extent.offset), "at least " + std::to_string(start),
                        "the device can carry no label, so nobody can check that it is the right one");
        return true;
    }

    void take(const MediaExtent &extent, std::size_t i) {
        const auto device = static_cast<std::uint32_t>(extent.device);
        if (!devices_[device].at_hand && !result_.missing_device) {
            result_.missing_device = device;
            result_.missing_at = extents_at() + i * sizeof(MediaExtent) + offsetof(MediaExtent, device);
        }
        claims_.add({device, static_cast<std::uint32_t>(i), report_.index(), extent.offset,
                     extent.offset + extent.length});
    }

    void check_extents_cover() {
        std::uint64_t covered = 0;
        for (const MediaExtent &extent : extents_of(file_))
            covered = extent.length > UINT64_MAX - covered ? UINT64_MAX : covered + extent.length;
        if (covered < file_.size)
            error("extents-short", "size", offsetof(LogEntry, file.size), std::to_string(file_.size),
                  "at most " + std::to_string(covered) + ", what the extents hold");
    }

    /// Chunk k of the file is in strip k % strips, so the first ones can hold one chunk more.
    void check_strips_cover() {
        const std::uint64_t chunks = divide_up(file_.size, file_.interleaved.chunk);
        const auto strips = extents_of(file_);
        for (std::size_t i = 0; i < strips.size() && i < chunks; i++) {
            const std::uint64_t needed = divide_up(chunks - i, strips.size());
            if (strips[i].length / file_.interleaved.chunk < needed)
                extent_error("strip-short", i, "length", offsetof(MediaExtent, length), strips[i].length,
                             "at least " + std::to_string(needed) + " chunks of " +
                                 std::to_string(file_.interleaved.chunk));
        }
    }

    const FilePayload &file_;
    const Superblock &superblock_;
    std::span<const DeviceEntry> devices_;
    Claims &claims_;
    EntryReport &report_;
    FileCheck result_;
};

} // namespace

FileCheck check_file(const LogEntry &entry, const Superblock &superblock,
                     std::span<const DeviceEntry> devices, Claims &claims, EntryReport &report) {
    return FileChecker(entry, superblock, devices, claims, report).run();
}

} // namespace famfs::media
