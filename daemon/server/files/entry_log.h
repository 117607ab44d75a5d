// SPDX-License-Identifier: GPL-2.0-only
// The log of the mount's file system, for the one host that writes it: slots are reserved when something is
// made, and entries appended when it is published.
#pragma once

#include "base/mutex.h"
#include "daemon/media/write/log_copy.h"
#include "daemon/media/write/log_writer.h"
#include "daemon/server/files/storage.h"

#include <memory>
#include <span>

namespace famfs::server {

/// Any thread.
class EntryLog {
public:
    /// @storage outlives it. Errors as media::LogWriter::open().
    static base::Expected<std::unique_ptr<EntryLog>> open(const media::FileSystem &logged, Storage &storage);

    /// A slot for what is being made, so that its publication cannot fail for want of one. ENOSPC: the log is
    /// full. Another error: an earlier append has failed, and nothing can be published any more.
    base::Expected<void> reserve();
    void give_back();
    /// All entries or none, each into a slot that was reserved for it. After an error nothing more can be
    /// appended: it is not known what the device holds beyond the log's end.
    base::Expected<void> append(std::span<media::LogEntry> entries);
    /// Neither used nor reserved.
    [[nodiscard]] std::uint64_t free_slots() const;

    EntryLog(std::unique_ptr<media::LogCopy> copy, media::LogWriter writer)
        : copy_(std::move(copy)), writer_(writer) {}

private:
    [[nodiscard]] base::Expected<void> usable() const FAMFS_REQUIRES(mutex_);

    mutable base::Mutex mutex_; ///< held while the log is written: a few pages and their write-back
    std::unique_ptr<media::LogCopy> copy_ FAMFS_GUARDED_BY(mutex_);
    media::LogWriter writer_ FAMFS_GUARDED_BY(mutex_);
    std::uint64_t reserved_ FAMFS_GUARDED_BY(mutex_) = 0;
};

} // namespace famfs::server
