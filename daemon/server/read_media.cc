// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/read_media.h"

#include "base/memory.h"
#include "daemon/device/checked_copy.h"
#include "daemon/media/check/superblock_check.h"
#include "daemon/media/format/label.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <ranges>
#include <spdlog/spdlog.h>

namespace famfs::server {

namespace {

constexpr std::size_t max_logged = 50;

/// A copy whose untouched parts cost no memory: a log of a gigabyte is mostly unused slots.
class Snapshot {
public:
    static base::Expected<Snapshot> create(const DeviceView &view, std::uint64_t length) {
        auto memory = base::Memory::anonymous(length, "a copy of superblock and log");
        if (!memory)
            return std::unexpected(memory.error());
        return Snapshot(view, *std::move(memory));
    }
    base::Expected<void> copy(std::uint64_t offset, std::uint64_t length) {
        const auto from = view_->bytes.subspan(offset, length);
        auto copied = device::copy_from_mapping(from, memory_.bytes().subspan(offset, length), view_->path);
        device::let_go(from);
        return copied;
    }
    [[nodiscard]] std::span<const std::byte> bytes() const { return memory_.bytes(); }

private:
    Snapshot(const DeviceView &view, base::Memory memory) : view_(&view), memory_(std::move(memory)) {}
    const DeviceView *view_;
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
    if (auto copied = snapshot.copy(media::log_offset, sizeof(media::LogHeader)); !copied)
        return copied;
    media::LogHeader header{};
    std::memcpy(&header, snapshot.bytes().data() + media::log_offset, sizeof(header));
    const std::uint64_t begin = media::log_offset + sizeof(media::LogHeader);
    const std::uint64_t slots = (length - begin) / sizeof(media::LogEntry);
    return snapshot.copy(begin, std::min(header.next_index, slots) * sizeof(media::LogEntry));
}

base::Expected<Snapshot> take_snapshot(const DeviceView &view) {
    const std::uint64_t region = std::min<std::uint64_t>(media::superblock_region, view.bytes.size());
    auto start = Snapshot::create(view, region);
    if (!start)
        return start;
    if (auto copied = start->copy(0, region); !copied)
        return std::unexpected(copied.error());
    const std::uint64_t length = metadata_length(start->bytes(), view.bytes.size());
    if (length <= region)
        return start;
    auto whole = Snapshot::create(view, length);
    if (!whole)
        return whole;
    // The superblock is copied again, and what is parsed is this copy: the first one only gave the length.
    if (auto copied = whole->copy(0, region); !copied)
        return std::unexpected(copied.error());
    if (auto copied = copy_log(*whole); !copied)
        return std::unexpected(copied.error());
    return whole;
}

void log_problems(const media::Problems &problems) {
    for (const media::Problem &problem : problems | std::views::take(max_logged))
        spdlog::log(problem.severity == media::Severity::error ? spdlog::level::err : spdlog::level::warn,
                    "{}", problem.message);
    if (problems.size() > max_logged)
        spdlog::warn("{} more problems are not shown; famfsctl fsck lists them",
                     problems.size() - max_logged);
}

/// A device of another file system, or devices in the wrong order, would serve somebody else's bytes. Devices
/// that another tool added have no label to tell by.
base::Expected<void> check_labels(const std::vector<DeviceView> &devices,
                                  const media::FileSystem &file_system) {
    const std::size_t count = std::min(devices.size(), file_system.devices().size());
    for (std::size_t i = 1; i < count; i++) {
        std::array<std::byte, sizeof(media::Superblock)> start{};
        const DeviceView &view = devices[i];
        const std::size_t length = std::min(start.size(), view.bytes.size());
        if (auto copied = device::copy_from_mapping(view.bytes.first(length), std::span(start).first(length),
                                                    view.path);
            !copied)
            return copied;
        const auto label =
            media::check_label(start, file_system.superblock(), file_system.devices()[i].uuid, view.path);
        if (!label && label.error().code != ENODATA)
            return label;
        if (!label)
            spdlog::warn("{}; nothing tells that this is device {} of the file system",
                         label.error().message(), i);
    }
    if (devices.size() > file_system.devices().size())
        return base::fail(EINVAL, "use", devices[file_system.devices().size()].path,
                          "the log knows " + std::to_string(file_system.devices().size() - 1) +
                              " secondary devices");
    return {};
}

} // namespace

base::Expected<media::FileSystem> read_file_system(const std::vector<DeviceView> &devices, bool salvage) {
    auto snapshot = take_snapshot(devices.front());
    if (!snapshot)
        return std::unexpected(snapshot.error());
    std::vector<std::uint64_t> sizes;
    sizes.reserve(devices.size());
    for (const DeviceView &view : devices)
        sizes.push_back(view.bytes.size());
    media::Inspection inspection = media::FileSystem::inspect(snapshot->bytes(), sizes);
    log_problems(inspection.problems);
    if (!inspection.file_system)
        return std::unexpected(inspection.error);
    if (media::has_errors(inspection.problems) && !salvage)
        return base::fail(
            EIO, "serve", devices.front().path,
            "the file system is damaged (see above): repair it, or mount what is sound with --salvage");
    if (auto labels = check_labels(devices, *inspection.file_system); !labels)
        return std::unexpected(labels.error());
    return *std::move(inspection.file_system);
}

} // namespace famfs::server
