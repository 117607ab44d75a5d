// SPDX-License-Identifier: GPL-2.0-only
// Records in the two maps of the hash backends (bpf/rhash.bpf.c).
#pragma once

#include "loader/record_store.h"

namespace famfs::loader {

/// @files_map, @extents_map: borrowed; they must outlive the store. @wait must not be empty.
std::unique_ptr<RecordStore> make_hash_store(int files_map, int extents_map,
                                             std::vector<std::uint32_t> cookies, WaitForReaders wait);

} // namespace famfs::loader
