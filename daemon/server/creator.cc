// SPDX-License-Identifier: GPL-2.0-only
// Names: from create, mkdir and unlink to the log.
#include "daemon/server/creator.h"

#include "base/text.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>

namespace famfs::server {

namespace {

timespec now() {
    timespec time{};
    ::clock_gettime(CLOCK_REALTIME, &time);
    return time;
}

media::Node node_of(const NewName &name, bool directory) {
    return {.parent = name.parent,
            .name = name.name,
            .directory = directory,
            .mode = name.attributes.mode,
            .uid = name.attributes.uid,
            .gid = name.attributes.gid};
}

bool wants_to_write(int flags) {
    return (flags & O_ACCMODE) != O_RDONLY;
}

} // namespace

base::Expected<std::unique_ptr<Creator>> Creator::open(Namespace &names, Storage &storage,
                                                       loader::RecordStore &records) {
    const media::FileSystem &file_system = names.file_system();
    auto log = media::LogCopy::create(file_system.log_header(),
                                      [&storage](std::uint64_t offset, std::span<const std::byte> bytes) {
                                          return storage.write(0, offset, bytes);
                                      });
    if (!log)
        return std::unexpected(log.error());
    auto author = media::Author::open((*log)->bytes(), file_system, **log);
    if (!author)
        return std::unexpected(author.error());
    return std::make_unique<Creator>(names, storage, records, *std::move(log), *std::move(author));
}

Creator::Creator(Namespace &names, Storage &storage, loader::RecordStore &records,
                 std::unique_ptr<media::LogCopy> log, media::Author author)
    : names_(names), storage_(storage), records_(records), log_(std::move(log)), author_(std::move(author)) {}

GrowingFile *Creator::find(std::uint64_t nodeid) {
    const auto found = growing_.find(nodeid);
    return found == growing_.end() ? nullptr : &found->second;
}

base::Expected<std::string> Creator::path_of(const NewName &name) const {
    auto path = names_.path(name.parent, name.name);
    if (!path)
        return base::fail(ENOENT, "create", base::quote(name.name), "its directory is gone");
    return *std::move(path);
}

/// Whether everything that the author wrote has reached the device.
base::Expected<void> Creator::logged() const {
    auto stored = log_->stored();
    if (!stored)
        stored.error().hint = "the log cannot be written: nothing more can be made through this mount";
    return stored;
}

base::Expected<fuse::Attributes> Creator::make_directory(const NewName &name) {
    const Lock lock(mutex_);
    auto path = path_of(name);
    if (!path)
        return std::unexpected(path.error());
    if (auto made = author_.make_directory(*path, name.attributes, false); !made)
        return std::unexpected(made.error());
    if (auto written = logged(); !written)
        return std::unexpected(written.error());
    return names_.add(node_of(name, true), now());
}

base::Expected<fuse::Attributes> Creator::make_file(const NewName &name) {
    const Lock lock(mutex_);
    auto path = path_of(name);
    if (!path)
        return std::unexpected(path.error());
    if (auto usable = logged(); !usable)
        return std::unexpected(usable.error());
    auto file = author_.begin(*path, name.attributes);
    if (!file)
        return std::unexpected(file.error());
    const fuse::Attributes attributes = names_.add(node_of(name, false), now());
    growing_.emplace(attributes.nodeid, GrowingFile{.file = *std::move(file)});
    return attributes;
}

base::Expected<void> Creator::unlink(std::uint64_t parent, std::string_view name) {
    const Lock lock(mutex_);
    const auto attributes = names_.find(parent, name);
    if (!attributes)
        return base::fail(ENOENT, "remove", base::quote(name));
    GrowingFile *growing = find(attributes->nodeid);
    if (growing == nullptr || growing->committed)
        return base::fail(EPERM, "remove", base::quote(name), "the log only grows: what it has named stays");
    author_.abandon(growing->file);
    growing->unlinked = true;
    names_.unlink(attributes->nodeid);
    return {};
}

bool Creator::pending(std::uint64_t nodeid) const {
    const Lock lock(mutex_);
    const auto found = growing_.find(nodeid);
    return found != growing_.end() && !found->second.committed;
}

// O_TRUNC: the kernel has taken the file's pages from it, and nobody asks for its data meanwhile.
bool Creator::opened(std::uint64_t nodeid, int flags) {
    const Lock lock(mutex_);
    GrowingFile *growing = find(nodeid);
    const bool is_pending = growing != nullptr && !growing->committed;
    if (!is_pending && wants_to_write(flags) && (flags & (O_TRUNC | O_APPEND)) != 0)
        return false;
    if (growing == nullptr)
        return true;
    growing->opens++;
    growing->writers += wants_to_write(flags) ? 1 : 0;
    if (is_pending && (flags & O_TRUNC) != 0) {
        growing->file.map.size = 0;
        show(nodeid, *growing);
    }
    return true;
}

base::Expected<void> Creator::closed(std::uint64_t nodeid, int flags) {
    Lock lock(mutex_);
    GrowingFile *growing = find(nodeid);
    if (growing == nullptr)
        return {};
    growing->opens--;
    growing->writers -= wants_to_write(flags) ? 1 : 0;
    if (growing->complete())
        if (auto committed = commit(lock, nodeid); !committed)
            return committed;
    growing = find(nodeid);
    return growing != nullptr && growing->committed && growing->opens == 0 ? settle(nodeid)
                                                                           : base::Expected<void>{};
}

// Only now does the kernel have no page of it any more, so that another file may get its space.
void Creator::forgotten(std::uint64_t nodeid) {
    const Lock lock(mutex_);
    GrowingFile *growing = find(nodeid);
    if (growing == nullptr || !growing->unlinked)
        return;
    if (growing->published != 0)
        if (auto withdrawn = records_.withdraw(nodeid); !withdrawn)
            spdlog::error("{}", withdrawn.error().message());
    growing->file.map.size = 0;
    author_.trim(growing->file);
    growing_.erase(nodeid);
    names_.remove(nodeid);
}

base::Expected<void> Creator::change(std::uint64_t nodeid,
                                     const std::function<void(media::Attributes &)> &change_attributes) {
    const Lock lock(mutex_);
    GrowingFile *growing = find(nodeid);
    if (growing == nullptr || growing->committed)
        return base::fail(EPERM, "change mode or owner of", "nodeid " + std::to_string(nodeid),
                          "the log has them, and only grows");
    change_attributes(growing->file.attributes);
    show(nodeid, *growing);
    return {};
}

Creator::State Creator::state() const {
    const Lock lock(mutex_);
    State state{.pending = 0, .free_bytes = author_.free_bytes(), .free_slots = author_.free_slots()};
    for (const auto &[nodeid, growing] : growing_)
        state.pending += growing.committed || growing.unlinked ? 0 : 1;
    return state;
}

void Creator::finish() {
    Lock lock(mutex_);
    std::vector<std::uint64_t> nodeids;
    for (auto &[nodeid, growing] : growing_) {
        growing.opens = growing.writers = 0;
        if (growing.complete())
            nodeids.push_back(nodeid);
    }
    for (const std::uint64_t nodeid : nodeids)
        if (auto committed = commit(lock, nodeid); !committed)
            spdlog::error("{}: the file is lost", committed.error().message());
}

} // namespace famfs::server
