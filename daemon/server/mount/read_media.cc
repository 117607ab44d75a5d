// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/mount/read_media.h"

#include "base/memory.h"
#include "base/try.h"
#include "daemon/device/checked_copy.h"
#include "daemon/log/log.h"
#include "daemon/media/check/superblock_check.h"
#include "daemon/media/format/label.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <ranges>

namespace famfs::server {

namespace {

constexpr std::size_t max_logged = 50;

/// A copy whose untouched parts cost no memory: a log of a gigabyte is mostly unused slots.
class Snapshot {
public:
    static base::Expected<Snapshot> create(const device::Device &device, std::uint64_t length) {
        auto memory = FAMFS_TRY(base::Memory::anonymous(length, "a copy of superblock and log"));
        return Snapshot(device, std::move(memory));
    }
    base::Expected<void> copy(std::uint64_t offset, std::uint64_t length) {
        auto copied = device_->read(offset, memory_.bytes().subspan(offset, length));
        device::let_go(device_->bytes().subspan(offset, length));
        return copied;
    }
    [[nodiscard]] std::span<const std::byte> bytes() const { return memory_.bytes(); }

private:
    Snapshot(const device::Device &device, base::Memory memory)
        : device_(&device), memory_(std::move(memory)) {}
    const device::Device *device_;
    base::Memory memory_;
};

/// Bytes from the start that matter: all of superblock region and log, if there is a sound superblock.
std::uint64_t metadata_length(std::span<const std::byte> start, std::uint64_t device_size) {
    media::Superblock superblock{};
    media::ProblemList problems;
    if (media::check_superblock(start, device_size, superblock, problems) != 0)
        return start.size();
    return std::min(media::log_offset + superblock.log_length, device_size);
}

/// The used part of the log: header first, because it says how much.
base::Expected<void> copy_log(Snapshot &snapshot) {
    const std::uint64_t length = snapshot.bytes().size();
    if (length < media::log_offset + sizeof(media::LogHeader))
        return {};
    FAMFS_TRY(snapshot.copy(media::log_offset, sizeof(media::LogHeader)));
    media::LogHeader header{};
    std::memcpy(&header, snapshot.bytes().data() + media::log_offset, sizeof(header));
    const std::uint64_t begin = media::log_offset + sizeof(media::LogHeader);
    const std::uint64_t slots = (length - begin) / sizeof(media::LogEntry);
    return snapshot.copy(begin, std::min(header.next_index, slots) * sizeof(media::LogEntry));
}

base::Expected<Snapshot> take_snapshot(const device::Device &device) {
    const std::uint64_t region = std::min<std::uint64_t>(media::superblock_region, device.size());
    auto start = FAMFS_TRY(Snapshot::create(device, region));
    FAMFS_TRY(start.copy(0, region));
    const std::uint64_t length = metadata_length(start.bytes(), device.size());
    if (length <= region)
        return start;
    auto whole = FAMFS_TRY(Snapshot::create(device, length));
    // The superblock is copied again, and what is parsed is this copy: the first one only gave the length.
    FAMFS_TRY(whole.copy(0, region));
    FAMFS_TRY(copy_log(whole));
    return whole;
}

void log_problems(const media::Problems &problems) {
    for (const media::Problem &problem : problems | std::views::take(max_logged))
        (problem.severity == media::Severity::error ? log::error : log::warn)(problem.message);
    if (problems.size() > max_logged)
        log::warn(std::to_string(problems.size() - max_logged) +
                  " more problems are not shown; famfsctl fsck lists them");
}

/// A device of another file system, or devices in the wrong order, would serve somebody else's bytes. Devices
/// that another tool added have no label to tell by.
base::Expected<void> check_labels(std::span<const device::Device> devices,
                                  const media::FileSystem &file_system) {
    const std::size_t count = std::min(devices.size(), file_system.devices().size());
    for (std::size_t i = 1; i < count; i++) {
        std::array<std::byte, sizeof(media::Superblock)> start{};
        const device::Device &device = devices[i];
        const std::size_t length = std::min<std::uint64_t>(start.size(), device.size());
        FAMFS_TRY(device.read(0, std::span(start).first(length)));
        const auto label =
            media::check_label(start, file_system.superblock(), file_system.devices()[i].uuid, device.path());
        if (!label && label.error().code != ENODATA)
            return label;
        if (!label)
            log::warn(label.error().message() + "; nothing tells that this is device " + std::to_string(i) +
                      " of the file system");
    }
    if (devices.size() > file_system.devices().size())
        return base::fail(EINVAL, "use", devices[file_system.devices().size()].path(),
                          "the log knows " + std::to_string(file_system.devices().size() - 1) +
                              " secondary devices");
    return {};
}

} // namespace

base::Expected<media::FileSystem> read_file_system(std::span<const device::Device> devices, bool salvage) {
    const auto snapshot = FAMFS_TRY(take_snapshot(devices.front()));
    std::vector<std::uint64_t> sizes;
    sizes.reserve(devices.size());
    for (const device::Device &device : devices)
        sizes.push_back(device.size());
    media::Inspection inspection = media::FileSystem::inspect(snapshot.bytes(), sizes);
    log_problems(inspection.problems);
    if (!inspection.file_system)
        return std::unexpected(inspection.error);
    if (media::has_errors(inspection.problems) && !salvage)
        return base::fail(
            EIO, "serve", devices.front().path(),
            "the file system is damaged (see above): repair it, or mount what is sound with --salvage");
    FAMFS_TRY(check_labels(devices, *inspection.file_system));
    return *std::move(inspection.file_system);
}

} // namespace famfs::server
