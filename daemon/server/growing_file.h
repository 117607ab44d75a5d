// SPDX-License-Identifier: GPL-2.0-only
// A file that is being made: it has a name and space, and no log entry yet or not its last shape.
#pragma once

#include "daemon/media/write/author.h"

#include <cstdint>
#include <vector>

namespace famfs::server {

struct GrowingFile {
    media::NewFile file;         ///< map.size is the size that the kernel knows
    std::uint64_t published = 0; ///< bytes that its record covers; 0: it has none
    unsigned opens = 0;
    unsigned writers = 0; ///< of the opens
    bool committed = false;
    bool unlinked = false;

    [[nodiscard]] std::uint64_t capacity() const;
    /// It counts as complete: nobody can write to it, and there is something to keep.
    [[nodiscard]] bool complete() const {
        return !committed && !unlinked && writers == 0 && file.map.size != 0;
    }
};

/// Where bytes [from, to) of a file lie; the extents follow each other and reach that far.
std::vector<base::Extent> ranges_of(const base::FileMap &map, std::uint64_t from, std::uint64_t to);

} // namespace famfs::server
