// SPDX-License-Identifier: GPL-2.0-only
// Records in the two maps of the hash backends (bpf/rhash.bpf.c).
#pragma once

#include "loader/record_store.h"

namespace famfs::loader {

/// Borrowed; they must outlive the store.
struct HashMaps {
    int files = -1;
    int extents = -1;
    std::uint64_t most_files = 0; ///< that `files` holds
};

/// @wait must not be empty.
std::unique_ptr<RecordStore> make_hash_store(const HashMaps &maps, std::vector<std::uint32_t> cookies,
                                             WaitForReaders wait);

} // namespace famfs::loader
