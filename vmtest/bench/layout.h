// SPDX-License-Identifier: GPL-2.0-only
// The files of the bench, their place on the two devices, and the cases that are counted on them.
#pragma once

#include "base/file_map.h"
#include "vmtest/bench/fault_counter.h"

#include <functional>

namespace famfs::vmtest {

inline constexpr std::uint64_t mebibyte = 1 << 20;
inline constexpr std::uint64_t first_of_many = 16;
inline constexpr std::uint64_t sampled = 512;

struct Case {
    std::string name;
    base::FileMap file;
    std::size_t fault_size;
    bool write;
};

/// The cases of one file each.
const std::vector<Case> &cases();
/// A file of one page, the @number-th of many.
base::FileMap one_of_many(std::uint64_t number);
/// Numbers of the files, of @files, that are touched.
std::vector<std::uint64_t> sample(std::uint64_t files);

using PathOf = std::function<std::string(std::uint64_t nodeid)>;
Touch touch_of(const Case &one, const PathOf &path);
Touch touch_of_many(std::uint64_t files, const PathOf &path);

} // namespace famfs::vmtest
