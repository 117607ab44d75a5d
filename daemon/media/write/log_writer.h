// SPDX-License-Identifier: GPL-2.0-only
// Appends to the log so that a reader on another host, or after a crash, sees what was appended in one call
// whole or not at all: entry bytes, write-back, fence, then next_index, write-back, fence. Only the lines
// that changed are written back.
#pragma once

#include "base/error.h"
#include "daemon/media/tree/file_system.h"
#include "daemon/media/write/write_back.h"

#include <cstdint>
#include <span>

namespace famfs::media {

/// One at a time per file system, over all hosts: the caller holds the device's lock. Bytes and write-back
/// are borrowed.
class LogWriter {
public:
    /// @checked: what the bytes of @primary parsed to, under the lock. EUCLEAN: it has errors, so appending
    /// could do harm. EBUSY: its last entry is not whole.
    static base::Expected<LogWriter> open(std::span<std::byte> primary, const FileSystem &checked,
                                          WriteBack &write_back);
    /// Right after mkfs, with @slots slots and none used.
    static LogWriter empty(std::span<std::byte> primary, std::uint64_t slots, WriteBack &write_back) {
        return {primary, 0, slots, write_back};
    }

    /// Seals @entries and commits them with one step of the log's index: whoever reads the log sees all of
    /// them or none. Returns the index of the first. ENOSPC: there are fewer free slots; nothing is written.
    base::Expected<std::uint64_t> append(std::span<LogEntry> entries);
    base::Expected<std::uint64_t> append(LogEntry entry) { return append(std::span(&entry, 1)); }
    [[nodiscard]] std::uint64_t used() const { return next_; }
    [[nodiscard]] std::uint64_t free_slots() const { return slots_ - next_; }

private:
    LogWriter(std::span<std::byte> primary, std::uint64_t next, std::uint64_t slots, WriteBack &write_back)
        : primary_(primary), next_(next), slots_(slots), write_back_(&write_back) {}

    std::span<std::byte> primary_;
    std::uint64_t next_;
    std::uint64_t slots_;
    WriteBack *write_back_;
};

} // namespace famfs::media
