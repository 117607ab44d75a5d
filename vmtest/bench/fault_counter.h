// SPDX-License-Identifier: GPL-2.0-only
// Counts the instructions of page faults. Under QEMU's -icount the processor's time stamp counter advances by
// one an instruction, user's and kernel's alike, so the difference of two readings around a touch is what the
// fault took.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace famfs::vmtest {

inline constexpr std::size_t small_page = 4096;
inline constexpr std::size_t huge_page = 2 << 20;

/// A part of a file; the pieces of a touch are mapped one after the other.
struct Piece {
    std::string path;
    std::uint64_t length;
};

struct Touch {
    std::vector<Piece> pieces;
    std::size_t page; ///< distance of the touches
    std::size_t
        fault_size; ///< of the page that a fault is to map: keeps the mapping from being aligned, or aligned
    bool write;
};

struct Count {
    std::uint64_t typical; ///< the median
    std::uint64_t mean;
    std::uint64_t lowest;
    std::uint64_t highest;
    std::uint64_t touches;
    std::uint64_t faults;    ///< by the kernel's count of the task's faults
    std::uint64_t fallbacks; ///< by the kernel's count of huge pages that could not be mapped as such
};

/// Touches each page of a fresh shared mapping for the first time, once.
Count count_first_faults(const Touch &touch);
/// Touches each page of a fresh shared mapping for the first time; of the second such mapping the count is
/// kept, when the kernel has what it keeps about the file.
Count count_faults(const Touch &touch);

} // namespace famfs::vmtest
