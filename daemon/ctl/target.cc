// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/target.h"

#include "daemon/device/checked_copy.h"
#include "daemon/media/bytes.h"
#include "daemon/media/system_uuid.h"

#include <algorithm>
#include <array>
#include <sys/mman.h>

namespace famfs::ctl {

namespace {

constexpr std::uint64_t page = 4096;
constexpr std::size_t max_group = 256;
constexpr std::uint64_t max_group_bytes = 256 * media::mebibyte;

bool is_dax(const device::Device &device) {
    return device.kind() == device::Kind::devdax || device.kind() == device::Kind::fsdev;
}

std::uint64_t round_up_to_page(std::uint64_t bytes) {
    return (bytes + page - 1) / page * page;
}

} // namespace

std::unique_ptr<media::WriteBack> choose_write_back(const std::vector<device::Device> &devices) {
    return std::ranges::any_of(devices, is_dax) ? media::write_back_to_memory()
                                                : media::write_back_to_page_cache();
}

base::Expected<void> sync_pages(std::span<const std::byte> bytes, const std::string &path) {
    const auto start = reinterpret_cast<std::uintptr_t>(bytes.data());
    const std::uintptr_t first = start - start % page;
    if (::msync(reinterpret_cast<void *>(first), start + bytes.size() - first, MS_SYNC) != 0)
        return base::fail_errno("write back", path, "what was written may not survive a power failure");
    return {};
}

base::Expected<std::unique_ptr<Target>> Target::open(const Arguments &arguments) {
    auto result = open_file_system(arguments, device::Access::write);
    if (!result)
        return std::unexpected(result.error());
    auto opened = std::make_unique<Opened>(std::move(*result));
    if (auto master = media::require_master(opened->file_system.superblock()); !master)
        return std::unexpected(master.error());
    auto write_back = choose_write_back(opened->source.devices());
    auto author =
        media::Author::open(opened->source.devices().front().bytes(), opened->file_system, *write_back);
    if (!author)
        return std::unexpected(author.error());
    return std::unique_ptr<Target>(new Target(std::move(opened), std::move(write_back), std::move(*author)));
}

Target::Target(std::unique_ptr<Opened> opened, std::unique_ptr<media::WriteBack> write_back,
               media::Author author)
    : opened_(std::move(opened)), write_back_(std::move(write_back)), author_(std::move(author)),
      page_cache_(std::ranges::none_of(opened_->source.devices(), is_dax)) {}

base::Expected<void> Target::make_directory(const std::string &path, const media::Attributes &attributes,
                                            bool parents) {
    return author_.make_directory(path, attributes, parents);
}

base::Expected<void> Target::create(const std::string &path, std::uint64_t size,
                                    const media::Attributes &attributes, const media::Striping &striping,
                                    const Fill &fill) {
    auto file = author_.prepare(path, size, attributes, striping);
    if (!file)
        return std::unexpected(file.error());
    if (auto filled = fill_file(file->map, fill); !filled)
        return filled;
    group_.push_back(std::move(*file));
    group_bytes_ += size;
    return group_.size() >= max_group || group_bytes_ >= max_group_bytes ? commit_group()
                                                                         : base::Expected<void>{};
}

/// The last page's rest is zeroed: who maps the file sees it.
base::Expected<void> Target::fill_file(const loader::FileMap &map, const Fill &fill) {
    static constexpr std::array<std::byte, page> zeros{};
    const FileRuns runs(map, opened_->source.bytes());
    for (std::uint64_t position = 0; position < map.size;) {
        const auto run = runs.at(position);
        if (!run)
            return std::unexpected(run.error());
        const std::uint64_t length = std::min<std::uint64_t>(run->size(), map.size - position);
        if (auto filled = fill(position, run->first(length)); !filled)
            return filled;
        const auto rest =
            run->first(std::min<std::uint64_t>(run->size(), round_up_to_page(length))).subspan(length);
        if (auto zeroed =
                device::copy_to_mapping(std::span(zeros).first(rest.size()), rest, opened_->source.path());
            !zeroed)
            return zeroed;
        if (auto done = written(run->first(length + rest.size())); !done)
            return done;
        position += length;
    }
    return {};
}

base::Expected<void> Target::written(std::span<std::byte> bytes) {
    if (!page_cache_) {
        write_back_->lines(bytes);
        return {};
    }
    if (!unsynced_.empty() && unsynced_.back().data() + unsynced_.back().size() == bytes.data())
        unsynced_.back() = {unsynced_.back().data(), unsynced_.back().size() + bytes.size()};
    else
        unsynced_.push_back(bytes);
    return {};
}

base::Expected<void> Target::commit_group() {
    write_back_->fence();
    for (const std::span<std::byte> bytes : unsynced_)
        if (auto synced = sync_pages(bytes, opened_->source.path()); !synced)
            return synced;
    unsynced_.clear();
    for (const media::NewFile &file : group_)
        if (auto committed = author_.commit(file); !committed)
            return committed;
    group_.clear();
    group_bytes_ = 0;
    return {};
}

base::Expected<void> Target::finish() {
    if (auto committed = commit_group(); !committed || !page_cache_)
        return committed;
    const auto primary = opened_->source.devices().front().bytes();
    const auto header = media::snapshot<media::LogHeader>(primary, media::log_offset);
    return sync_pages(
        primary.subspan(media::log_offset, media::entry_offset(header.next_index) - media::log_offset),
        opened_->source.path());
}

} // namespace famfs::ctl
