// SPDX-License-Identifier: GPL-2.0-only
// Files and directories made through the mount, on the master host. A directory is in the log at once. A file
// is pending, for this host alone, until it is given its size by ftruncate(2) or its last writer closes it;
// then its data are written back and its entry is appended, and from then on it has the size it has. What a
// file needs is allocated in runs that double, and what its last run has too much is given back when nobody
// has it open.
#pragma once

#include "daemon/media/write/author.h"
#include "daemon/media/write/log_copy.h"
#include "daemon/server/growing_file.h"
#include "daemon/server/namespace.h"
#include "daemon/server/storage.h"
#include "loader/record_store.h"

#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string_view>
#include <unordered_map>

namespace famfs::server {

struct NewName {
    std::uint64_t parent = 0;
    std::string_view name;
    media::Attributes attributes;
};

/// Any thread. Requests about one file come one at a time: the kernel holds the inode's lock (growth,
/// ftruncate), or nobody has it open.
class Creator {
public:
    /// All must outlive it, and nobody else may publish. Errors as media::Author::open().
    static base::Expected<std::unique_ptr<Creator>> open(Namespace &names, Storage &storage,
                                                         loader::RecordStore &records);

    base::Expected<fuse::Attributes> make_directory(const NewName &name);
    base::Expected<fuse::Attributes> make_file(const NewName &name);
    /// EPERM: the log has it, and has no way to take it back.
    base::Expected<void> unlink(std::uint64_t parent, std::string_view name);

    /// Whether it may still get another size.
    [[nodiscard]] bool pending(std::uint64_t nodeid) const;
    /// @flags: of open(2). False: they ask for another size (O_TRUNC, O_APPEND), and the file is not pending.
    bool opened(std::uint64_t nodeid, int flags);
    /// The error is of the entry that the last close appends.
    base::Expected<void> closed(std::uint64_t nodeid, int flags);
    void forgotten(std::uint64_t nodeid);

    /// A write or fallocate(2) reaches to byte @size; what is new reads as zeros. EFBIG: the file is not
    /// pending. ENOSPC.
    base::Expected<void> grow(std::uint64_t nodeid, std::uint64_t size);
    /// Space without size. Errors as above.
    base::Expected<void> reserve(std::uint64_t nodeid, std::uint64_t capacity);
    /// ftruncate(2). EPERM: the file is not pending and has another size.
    base::Expected<void> resize(std::uint64_t nodeid, std::uint64_t size);
    /// Mode and owner of a pending file. EPERM: it is not.
    base::Expected<void> change(std::uint64_t nodeid,
                                const std::function<void(media::Attributes &)> &change_attributes);
    /// The record of a pending file does not change while it is held.
    [[nodiscard]] std::shared_lock<std::shared_mutex> hold_records() {
        return std::shared_lock(records_mutex_);
    }

    /// After the mount is gone: appends what nobody has open any more, whatever close was not heard of.
    void finish();

    struct State {
        std::uint64_t pending = 0; ///< files
        std::uint64_t free_bytes = 0;
        std::uint64_t free_slots = 0;
    };
    [[nodiscard]] State state() const;

    Creator(Namespace &names, Storage &storage, loader::RecordStore &records,
            std::unique_ptr<media::LogCopy> log, media::Author author);

private:
    using Lock = std::unique_lock<std::mutex>;

    [[nodiscard]] GrowingFile *find(std::uint64_t nodeid);
    base::Expected<std::string> path_of(const NewName &name) const;
    base::Expected<void> logged() const;
    base::Expected<void> zero(const base::FileMap &map, std::uint64_t from, std::uint64_t to);
    base::Expected<void> extend(Lock &lock, std::uint64_t nodeid, std::uint64_t size);
    base::Expected<void> shrink(std::uint64_t nodeid, GrowingFile &growing, std::uint64_t size);
    base::Expected<void> publish(std::uint64_t nodeid, GrowingFile &growing, std::uint64_t size);
    base::Expected<void> commit(Lock &lock, std::uint64_t nodeid);
    base::Expected<void> settle(std::uint64_t nodeid);
    void show(std::uint64_t nodeid, const GrowingFile &growing);

    Namespace &names_;
    Storage &storage_;
    loader::RecordStore &records_;
    std::unique_ptr<media::LogCopy> log_;
    std::shared_mutex records_mutex_; ///< of what records_ says about growing files
    mutable std::mutex mutex_;        ///< of everything below
    media::Author author_;
    std::unordered_map<std::uint64_t, GrowingFile> growing_;
};

} // namespace famfs::server
