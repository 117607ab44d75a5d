// SPDX-License-Identifier: GPL-2.0-only
// Files and directories made through the mount, on the master host: from the first request to the log. What
// becomes of a request is decided here; names are the tree's, size and space each file's, slots the log's.
#pragma once

#include "daemon/server/files/entry_log.h"
#include "daemon/server/files/publish_options.h"
#include "daemon/server/files/records.h"
#include "daemon/server/files/space.h"
#include "daemon/server/files/tree.h"
#include "daemon/server/files/warnings.h"

#include <memory>
#include <string_view>
#include <thread>

namespace famfs::server {

/// Any thread.
class MadeFiles {
public:
    /// All must outlive it, and nobody else may publish records. Errors as EntryLog::open().
    static base::Expected<std::unique_ptr<MadeFiles>>
    open(Tree &tree, Storage &storage, loader::RecordStore &records, const PublishOptions &options);
    MadeFiles(const MadeFiles &) = delete;
    MadeFiles &operator=(const MadeFiles &) = delete;
    ~MadeFiles();

    base::Expected<fuse::Attributes> make_directory(const NewName &name);
    base::Expected<fuse::Attributes> make_file(const NewName &name);
    /// unlink(2) and rmdir(2). EPERM: it is published.
    base::Expected<void> remove(std::uint64_t parent, std::string_view name);
    base::Expected<void> rename(std::uint64_t parent, std::string_view name, std::uint64_t new_parent,
                                std::string_view new_name, bool replace);
    base::Expected<void> change(std::uint64_t nodeid, const Change &change) {
        return tree_.change(nodeid, change);
    }

    /// @flags: of open(2). Also of what was not made here: EPERM to append to it.
    base::Expected<void> opened(std::uint64_t nodeid, int flags);
    /// The error is of the entry that the last close appends.
    base::Expected<void> closed(std::uint64_t nodeid, int flags);
    void forgotten(std::uint64_t nodeid, std::uint64_t count);

    /// A write or fallocate(2) reaches to byte @size. EFBIG: the file is published. ENOSPC.
    base::Expected<void> grow(std::uint64_t nodeid, std::uint64_t size);
    /// Space without size. Errors as above.
    base::Expected<void> reserve(std::uint64_t nodeid, std::uint64_t capacity);
    /// EPERM: the file is published and has another size. ENOSPC.
    base::Expected<void> resize(std::uint64_t nodeid, std::uint64_t size);
    /// write(2) inside the file, where this process answers it.
    void written(std::uint64_t nodeid) { tree_.touch(nodeid, true); }
    /// Readers of this process hold it from their look-up to the end of their copy.
    [[nodiscard]] base::SharedMutex &record_readers() { return records_.readers(); }

    /// Writes the entries of what is selected, all with one step of the log.
    base::Expected<Published> publish(const Selection &selection);
    /// One file, unless it is empty or somebody can write to it: then it stays as it is.
    base::Expected<void> publish_file(std::uint64_t nodeid);
    /// After the mount is gone: publishes the rest, or says what is lost.
    void finish();

    struct Room {
        std::uint64_t free_bytes = 0;
        std::uint64_t free_slots = 0;
    };
    [[nodiscard]] Room room() const { return {space_.free_bytes(), log_->free_slots()}; }
    struct State {
        std::uint64_t files = 0; ///< not published yet, as what follows
        std::uint64_t directories = 0;
        std::uint64_t file_bytes = 0;
        std::uint64_t space = 0; ///< bytes allocated to them
        std::uint64_t free_bytes = 0;
        std::uint64_t free_slots = 0;
    };
    [[nodiscard]] State state() const;

    MadeFiles(Tree &tree, Storage &storage, loader::RecordStore &records, const PublishOptions &options,
              std::unique_ptr<EntryLog> log);

private:
    base::Expected<fuse::Attributes> make(const NewName &name, bool directory);
    base::Expected<std::shared_ptr<File>> file(std::uint64_t nodeid, const char *operation) const;
    void reclaim(std::optional<Forgotten> forgotten);
    void drop(std::optional<Forgotten> forgotten);
    base::Expected<void> named(base::Expected<void> done, std::uint64_t nodeid) const;
    base::Expected<void> publish_in_turn(std::uint64_t nodeid, File::Turns turns);
    base::Expected<void> write_back(const Selection &selection);
    bool sleep_a_while();
    void publish_when_quiet();

    Tree &tree_;
    const PublishOptions options_;
    std::unique_ptr<EntryLog> log_;
    Space space_;
    Records records_;
    const Means means_;
    base::Turn publication_; ///< of many files: two at once would only be in each other's way
    Warnings warnings_;

    base::Mutex mutex_; ///< of the thread below
    base::Condition wake_;
    bool ending_ FAMFS_GUARDED_BY(mutex_) = false;
    std::thread publisher_; ///< only where files are published some time after their last change
};

} // namespace famfs::server
