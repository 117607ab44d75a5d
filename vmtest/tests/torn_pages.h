// SPDX-License-Identifier: GPL-2.0-only
// The files of the torn-read gate: where a generation of a file lies, and pages that say whose they are.
#pragma once

#include "base/file_map.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace famfs::vmtest {

/// What every word of a page says.
struct PageIdentity {
    std::uint64_t nodeid;     ///< below 2^14
    std::uint32_t generation; ///< below 2^24
    std::uint32_t page;       ///< of the file; below 2^8
};

std::uint64_t word_of(const PageIdentity &identity);
/// None: no page says that.
std::optional<PageIdentity> identity_of(std::uint64_t word);

/// The device is cut into slots. A generation of a file lies in one of them, from its start.
inline constexpr std::uint64_t slot_pages = 40;

std::uint64_t file_pages(std::uint64_t nodeid);
/// One extent, a list of 2 to 40 extents, or strips, by turns.
base::FileMap lay_out(std::uint64_t nodeid, std::uint32_t generation, std::uint64_t slot);
/// The bytes that belong on the device, from where the slot of @file starts.
std::vector<std::uint64_t> contents_of(const base::FileMap &file);

} // namespace famfs::vmtest
