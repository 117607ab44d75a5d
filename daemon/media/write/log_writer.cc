// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/media/write/log_writer.h"

#include "daemon/media/format/bytes.h"
#include "daemon/media/format/entry.h"

#include <atomic>

namespace famfs::media {

base::Expected<LogWriter> LogWriter::open(std::span<std::byte> primary, const FileSystem &checked,
                                          WriteBack &write_back) {
    if (has_errors(checked.problems()))
        return base::fail(EUCLEAN, "write to", "a famfs with errors",
                          "see famfsctl fsck: nothing was changed");
    if (checked.usage().log_used != checked.log_header().next_index)
        return base::fail(
            EBUSY, "append to", "the log",
            "its last entry is not whole: another writer is at work, or one died (famfsctl fsck)");
    return LogWriter(primary, checked.log_header().next_index, checked.usage().log_slots, write_back);
}

base::Expected<std::uint64_t> LogWriter::append(std::span<LogEntry> entries) {
    if (entries.size() > free_slots())
        return base::fail(ENOSPC, "append to", "the log",
                          std::to_string(free_slots()) + " of its " + std::to_string(slots_) +
                              " slots are free; a larger log needs a new mkfs --log-len");
    const std::uint64_t first = next_;
    for (LogEntry &entry : entries) {
        seal(entry, next_);
        store(primary_, entry_offset(next_), entry);
        next_++;
    }
    write_back_->persist(primary_.subspan(entry_offset(first), entries.size_bytes()));

    auto *header = reinterpret_cast<LogHeader *>(primary_.data() + log_offset);
    std::atomic_ref(header->next_seqnum).store(next_, std::memory_order_relaxed);
    std::atomic_ref(header->next_index).store(next_, std::memory_order_release);
    write_back_->persist(primary_.subspan(log_offset, sizeof(LogHeader)));
    return first;
}

} // namespace famfs::media
