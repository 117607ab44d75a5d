// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/image/target.h"

#include "base/memory.h"
#include "base/text.h"
#include "base/try.h"
#include "daemon/device/system_uuid.h"
#include "daemon/media/format/bytes.h"

#include <algorithm>
#include <sys/mman.h>

namespace famfs::ctl {

namespace {

/// The allocator does not know for which file it was asked.
base::Error about(const std::string &path, const base::Error &error) {
    if (error.object == base::quote(path))
        return error;
    return {error.code, "create", base::quote(path),
            "cannot " + error.operation + " " + error.object + ": " + error.hint};
}

constexpr std::size_t max_group = 256;
constexpr std::uint64_t max_group_bytes = 256 * media::mebibyte;

} // namespace

std::unique_ptr<media::WriteBack> choose_write_back(const std::vector<device::Device> &devices) {
    return std::ranges::any_of(devices, &device::Device::is_dax) ? media::write_back_to_memory()
                                                                 : media::write_back_to_page_cache();
}

base::Expected<void> sync_pages(std::span<const std::byte> bytes, const std::string &path) {
    const std::size_t in_page = reinterpret_cast<std::uintptr_t>(bytes.data()) % base::page_bytes;
    std::byte *first = const_cast<std::byte *>(bytes.data()) - in_page;
    if (::msync(first, in_page + bytes.size(), MS_SYNC) != 0)
        return base::fail_errno("write back", path, "what was written may not survive a power failure");
    return {};
}

base::Expected<std::unique_ptr<Target>> Target::open(const Arguments &arguments) {
    auto result = FAMFS_TRY(open_file_system(arguments, device::Access::write));
    auto opened = std::make_unique<Opened>(std::move(result));
    FAMFS_TRY(device::require_master(opened->file_system.superblock()));
    auto write_back = choose_write_back(opened->source.devices());
    auto log = FAMFS_TRY(open_log(*opened, *write_back));
    return std::unique_ptr<Target>(new Target(std::move(opened), std::move(write_back), std::move(log)));
}

base::Expected<Target::Log> Target::open_log(const Opened &opened, media::WriteBack &write_back) {
    const device::Device &primary = opened.source.devices().front();
    const auto store = [&](std::uint64_t offset, std::span<const std::byte> bytes) {
        auto written = primary.write(offset, bytes);
        if (written)
            write_back.persist(primary.bytes().subspan(offset, bytes.size()));
        return written;
    };
    auto copy = FAMFS_TRY(media::LogCopy::create(opened.file_system.log_header(), store));
    auto author = FAMFS_TRY(media::Author::open(copy->bytes(), opened.file_system, *copy));
    return Log{.copy = std::move(copy), .author = std::move(author)};
}

Target::Target(std::unique_ptr<Opened> opened, std::unique_ptr<media::WriteBack> write_back, Log log)
    : opened_(std::move(opened)), write_back_(std::move(write_back)), log_(std::move(log)),
      page_cache_(std::ranges::none_of(opened_->source.devices(), &device::Device::is_dax)) {}

base::Expected<void> Target::make_directory(const std::string &path, const media::Attributes &attributes,
                                            bool parents) {
    if (path.empty() && !parents)
        return base::fail(EEXIST, "create", "\"/\"", "it is the root");
    auto made = log_.author.make_directory(path, attributes, parents);
    return made ? log_.copy->stored() : made;
}

base::Expected<void> Target::create(const std::string &path, std::uint64_t size,
                                    const media::Attributes &attributes, const media::Striping &striping,
                                    Fill fill) {
    if (path.empty())
        return base::fail(EISDIR, "create", "\"/\"", "it is the root: a file needs a name");
    auto file = log_.author.prepare(path, size, attributes, striping);
    if (!file)
        return std::unexpected(about(path, file.error()));
    group_.push_back({std::move(*file), std::move(fill), {}});
    group_bytes_ += size;
    return {};
}

base::Expected<void> Target::commit_if_full() {
    return group_.size() >= max_group || group_bytes_ >= max_group_bytes ? commit_group()
                                                                         : base::Expected<void>{};
}

/// Files whose data are not on the medium may not be named.
base::Expected<void> Target::sync_group() const {
    const DeviceBytes devices = opened_->source.bytes();
    DeviceBytes merged;
    for (const PendingFile &pending : group_) {
        const auto stretches = FAMFS_TRY(stretches_of(pending.file.map, devices));
        for (const std::span<std::byte> bytes : stretches)
            if (!merged.empty() && merged.back().data() + merged.back().size() == bytes.data())
                merged.back() = {merged.back().data(), merged.back().size() + bytes.size()};
            else
                merged.push_back(bytes);
    }
    for (const std::span<std::byte> bytes : merged)
        FAMFS_TRY(sync_pages(bytes, opened_->source.path()));
    return {};
}

base::Expected<void> Target::commit_group() {
    fill_files(group_, opened_->source.bytes(), *write_back_, threads_);
    std::erase_if(group_, [&](const PendingFile &pending) {
        if (pending.error)
            failures_.push_back(*pending.error);
        return pending.error.has_value();
    });
    if (page_cache_)
        FAMFS_TRY(sync_group());
    for (const PendingFile &pending : group_) {
        FAMFS_TRY(log_.author.commit(pending.file));
        FAMFS_TRY(log_.copy->stored());
        committed_.files++;
        committed_.bytes += pending.file.map.size;
    }
    group_.clear();
    group_bytes_ = 0;
    return {};
}

base::Expected<void> Target::finish() {
    if (auto committed = commit_group(); !committed || !page_cache_)
        return committed;
    const auto primary = opened_->source.devices().front().bytes();
    const auto header = media::snapshot<media::LogHeader>(log_.copy->bytes(), media::log_offset);
    return sync_pages(
        primary.subspan(media::log_offset, media::entry_offset(header.next_index) - media::log_offset),
        opened_->source.path());
}

} // namespace famfs::ctl
