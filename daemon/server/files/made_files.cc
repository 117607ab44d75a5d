// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/files/made_files.h"

#include "base/text.h"
#include "daemon/log/log.h"

#include <algorithm>
#include <fcntl.h>
#include <ranges>

namespace famfs::server {

namespace {

/// A file that is opened for writing again and again stays after so many attempts, as one that is open.
constexpr int most_tries = 8;
constexpr std::size_t most_named = 10;

Selection only(std::uint64_t nodeid) {
    return {.reach = Selection::Reach::node, .nodes = {nodeid}};
}

void log_left(const std::vector<std::string> &paths, const char *why) {
    for (const std::string &path : paths | std::views::take(most_named))
        log::warn(base::quote(path) + " is not kept: " + why);
    if (paths.size() > most_named)
        log::warn(std::to_string(paths.size() - most_named) + " more are not kept: " + why);
}

} // namespace

base::Expected<std::unique_ptr<MadeFiles>>
MadeFiles::open(Tree &tree, Storage &storage, loader::RecordStore &records, const PublishOptions &options) {
    auto log = EntryLog::open(tree.logged(), storage);
    if (!log)
        return std::unexpected(log.error());
    return std::make_unique<MadeFiles>(tree, storage, records, options, *std::move(log));
}

MadeFiles::MadeFiles(Tree &tree, Storage &storage, loader::RecordStore &records,
                     const PublishOptions &options, std::unique_ptr<EntryLog> log)
    : tree_(tree), options_(options), log_(std::move(log)), space_(tree.logged()), records_(records),
      means_{.storage = storage, .space = space_, .records = records_} {
    if (options_.when == PublishOptions::When::after)
        publisher_ = std::thread([this] { publish_when_quiet(); });
}

MadeFiles::~MadeFiles() {
    {
        const base::Lock lock(mutex_);
        ending_ = true;
        wake_.notify();
    }
    if (publisher_.joinable())
        publisher_.join();
}

/// The error says which file.
base::Expected<void> MadeFiles::named(base::Expected<void> done, std::uint64_t nodeid) const {
    if (!done)
        done.error().object = base::quote(tree_.path(nodeid)) + ": " + done.error().object;
    return done;
}

base::Expected<std::shared_ptr<File>> MadeFiles::file(std::uint64_t nodeid, const char *operation) const {
    if (auto file = tree_.file(nodeid))
        return file;
    return base::fail(EPERM, operation, base::quote(tree_.path(nodeid)),
                      "it is published, and what the log has named stays as it is");
}

// -- names --

base::Expected<fuse::Attributes> MadeFiles::make(const NewName &name, bool directory) {
    if (auto reserved = log_->reserve(); !reserved)
        return std::unexpected(reserved.error());
    auto made = tree_.make(name, directory, means_);
    if (!made)
        log_->give_back();
    return made;
}

base::Expected<fuse::Attributes> MadeFiles::make_file(const NewName &name) {
    return make(name, false);
}

// The kernel holds the directory above, so nobody has put anything in it when it is taken back.
base::Expected<fuse::Attributes> MadeFiles::make_directory(const NewName &name) {
    auto made = make(name, true);
    if (!made || options_.when != PublishOptions::When::close)
        return made;
    if (auto published = publish_in_turn(made->nodeid, File::Turns::taken); !published) {
        forgotten(made->nodeid, 1);
        if (const auto removed = remove(name.parent, name.name); !removed)
            log::error(removed.error().message());
        return std::unexpected(published.error());
    }
    return made;
}

/// Once the kernel has no page of it any more, another file may get its space.
void MadeFiles::reclaim(std::optional<Forgotten> forgotten) {
    if (!forgotten)
        return;
    if (forgotten->file)
        if (const auto reclaimed = forgotten->file->reclaim(); !reclaimed) {
            log::error(reclaimed.error().message() + ": its space stays in use until the next mount");
            return;
        }
    tree_.recycle(forgotten->nodeid);
}

/// What was unpublished and has lost its name needs no slot any more.
void MadeFiles::drop(std::optional<Forgotten> forgotten) {
    log_->give_back();
    reclaim(std::move(forgotten));
}

base::Expected<void> MadeFiles::remove(std::uint64_t parent, std::string_view name) {
    auto removed = tree_.remove(parent, name);
    if (!removed)
        return std::unexpected(removed.error());
    drop(*std::move(removed));
    return {};
}

base::Expected<void> MadeFiles::rename(std::uint64_t parent, std::string_view name, std::uint64_t new_parent,
                                       std::string_view new_name, bool replace) {
    auto renamed = tree_.rename(parent, name, new_parent, new_name, replace);
    if (!renamed)
        return std::unexpected(renamed.error());
    if (renamed->replaced)
        drop(std::move(renamed->forgotten));
    return {};
}

void MadeFiles::forgotten(std::uint64_t nodeid, std::uint64_t count) {
    reclaim(tree_.forget(nodeid, count));
}

// -- opens and sizes --

base::Expected<void> MadeFiles::opened(std::uint64_t nodeid, int flags) {
    if (const auto file = tree_.file(nodeid))
        return named(file->open(flags), nodeid);
    if ((flags & O_ACCMODE) != O_RDONLY && (flags & O_APPEND) != 0)
        return base::fail(EPERM, "open with O_APPEND", base::quote(tree_.path(nodeid)),
                          "it is published, and the log has its size");
    return {};
}

base::Expected<void> MadeFiles::closed(std::uint64_t nodeid, int flags) {
    const auto file = tree_.file(nodeid);
    if (!file)
        return {};
    base::Expected<void> done;
    if (file->close(flags)) {
        tree_.touch(nodeid, false);
        if (options_.when == PublishOptions::When::close)
            done = publish_file(nodeid);
    }
    if (auto settled = file->settle(); !settled && done)
        done = named(std::move(settled), nodeid);
    reclaim(tree_.closed(nodeid));
    return done;
}

base::Expected<void> MadeFiles::grow(std::uint64_t nodeid, std::uint64_t size) {
    const auto found = file(nodeid, "make longer");
    if (!found)
        return base::fail(EFBIG, "make longer", base::quote(tree_.path(nodeid)), found.error().hint);
    auto grown = named((*found)->grow(size), nodeid);
    if (grown)
        tree_.touch(nodeid, true);
    return grown;
}

base::Expected<void> MadeFiles::reserve(std::uint64_t nodeid, std::uint64_t capacity) {
    const auto found = file(nodeid, "allocate space for");
    if (!found)
        return base::fail(EFBIG, "allocate space for", base::quote(tree_.path(nodeid)), found.error().hint);
    return named((*found)->reserve(capacity), nodeid);
}

base::Expected<void> MadeFiles::resize(std::uint64_t nodeid, std::uint64_t size) {
    const auto found = file(nodeid, "change the size of");
    if (!found)
        return std::unexpected(found.error());
    // With this size, whoever else wants another.
    File::Then publish;
    if (options_.when == PublishOptions::When::close && size != 0)
        publish = [this, nodeid] { return publish_in_turn(nodeid, File::Turns::resizers); };
    auto resized = (*found)->resize(size, publish);
    if (resized) {
        tree_.touch(nodeid, true);
        resized = (*found)->settle();
    }
    return named(std::move(resized), nodeid);
}

// -- publication --

base::Expected<void> MadeFiles::publish_in_turn(std::uint64_t nodeid, File::Turns turns) {
    Selection selection = only(nodeid);
    selection.turns = turns;
    if (auto published = tree_.publish(selection, *log_, true); !published)
        return std::unexpected(published.error());
    return {};
}

base::Expected<void> MadeFiles::publish_file(std::uint64_t nodeid) {
    const auto file = tree_.file(nodeid);
    if (!file)
        return {};
    auto done = file->write_back([&] { return publish_in_turn(nodeid, File::Turns::callers); });
    if (done)
        done = file->settle();
    return named(std::move(done), nodeid);
}

base::Expected<void> MadeFiles::write_back(const Selection &selection) {
    for (const auto &file : tree_.files_of(selection))
        if (auto written = file->write_back(); !written)
            return named(std::move(written), file->map().nodeid);
    return {};
}

base::Expected<Published> MadeFiles::publish(const Selection &selection) {
    const base::Lock turn(publication_);
    for (int attempt = 1;; attempt++) {
        if (auto written = write_back(selection); !written)
            return std::unexpected(written.error());
        auto published = tree_.publish(selection, *log_, attempt == most_tries);
        if (!published)
            return std::unexpected(published.error());
        std::optional<Published> &done = *published;
        if (!done)
            continue;
        for (const auto &file : done->published)
            if (auto settled = file->settle(); !settled)
                return std::unexpected(settled.error());
        return *std::move(done);
    }
}

/// False: the mount ends.
bool MadeFiles::sleep_a_while() {
    const base::Lock lock(mutex_);
    if (!ending_)
        wake_.wait_for(mutex_, std::max(options_.quiet / 4, std::chrono::milliseconds(20)));
    return !ending_;
}

void MadeFiles::publish_when_quiet() {
    while (sleep_a_while()) {
        Selection selection;
        selection.unchanged_since = std::chrono::steady_clock::now() - options_.quiet;
        if (const auto published = publish(selection); !published)
            warnings_.say("publish", published.error().message());
    }
}

void MadeFiles::finish() {
    std::vector<std::string> lost;
    for (const UnpublishedNode &node : tree_.unpublished()) {
        if (const auto file = tree_.file(node.nodeid))
            file->close_all();
        lost.push_back(node.path);
    }
    if (options_.discard)
        return log_left(lost, "--unpublished=discard");
    const auto published = publish({});
    if (!published) {
        log::error(published.error().message());
        return log_left(lost, "it could not be published");
    }
    log_left(published->empty, "a famfs has no empty files");
}

MadeFiles::State MadeFiles::state() const {
    const Unpublished unpublished = tree_.count_unpublished();
    return {.files = unpublished.files,
            .directories = unpublished.directories,
            .file_bytes = unpublished.file_bytes,
            .space = unpublished.space,
            .free_bytes = space_.free_bytes(),
            .free_slots = log_->free_slots()};
}

} // namespace famfs::server
