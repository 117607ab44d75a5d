// SPDX-License-Identifier: GPL-2.0-only
#include "vmtest/bench/layout.h"

namespace famfs::vmtest {
namespace {

constexpr std::uint64_t small_file = 512 * small_page;
constexpr std::uint64_t huge_file = 64 * huge_page;

base::FileMap simple(std::uint64_t nodeid, std::uint64_t size, std::uint64_t address) {
    return {.nodeid = nodeid, .size = size, .extents = {{.device = 0, .offset = address, .length = size}}};
}

/// Over both devices, at the same address of each.
base::FileMap striped(std::uint64_t nodeid, std::uint64_t size, std::uint64_t chunk, std::uint64_t address) {
    return {.nodeid = nodeid,
            .size = size,
            .chunk = chunk,
            .extents = {{.device = 0, .offset = address, .length = size / 2},
                        {.device = 1, .offset = address, .length = size / 2}}};
}

/// In as many extents, none of which continues the one before.
base::FileMap scattered(std::uint64_t nodeid, std::uint64_t size, std::uint64_t extents,
                        std::uint64_t address) {
    base::FileMap file = {.nodeid = nodeid, .size = size, .extents = {}};
    for (std::uint64_t i = 0; i < extents; ++i)
        file.extents.push_back({.device = 0,
                                .offset = address + 2 * (size / extents) * (extents - i),
                                .length = size / extents});
    return file;
}

std::vector<Case> make_cases() {
    const base::FileMap small = simple(2, small_file, 2 * mebibyte);
    const base::FileMap huge = simple(3, huge_file, 64 * mebibyte);
    return {
        {"read-pte", small, small_page, false},
        {"write-pte", small, small_page, true},
        {"read-pmd", huge, huge_page, false},
        {"write-pmd", huge, huge_page, true},
        {"read-pmd-striped", striped(4, huge_file, huge_page, 256 * mebibyte), huge_page, false},
        {"read-pte-striped", striped(5, small_file, small_file / 32, 8 * mebibyte), small_page, false},
        {"read-pte-16-extents", scattered(6, small_file, 16, 16 * mebibyte), small_page, false},
    };
}

} // namespace

const std::vector<Case> &cases() {
    static const std::vector<Case> all = make_cases();
    return all;
}

base::FileMap one_of_many(std::uint64_t number) {
    return simple(first_of_many + number, small_page, 512 * mebibyte + number * small_page);
}

std::vector<std::uint64_t> sample(std::uint64_t files) {
    std::vector<std::uint64_t> numbers;
    numbers.reserve(sampled);
    for (std::uint64_t i = 0; i < sampled; ++i)
        numbers.push_back(i * files / sampled);
    return numbers;
}

Touch touch_of(const Case &one, const PathOf &path) {
    return {.pieces = {{path(one.file.nodeid), one.file.size}},
            .page = one.fault_size,
            .fault_size = one.fault_size,
            .write = one.write};
}

Touch touch_of_many(std::uint64_t files, const PathOf &path) {
    Touch touch = {.pieces = {}, .page = small_page, .fault_size = small_page, .write = false};
    for (const std::uint64_t number : sample(files))
        touch.pieces.push_back({path(first_of_many + number), small_page});
    return touch;
}

} // namespace famfs::vmtest
