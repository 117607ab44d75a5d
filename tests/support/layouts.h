// SPDX-License-Identifier: GPL-2.0-only
// Random legal layouts, and a model of them that shares no idea with bpf/mapping.h: the list of a file's
// pages.
#pragma once

#include "base/file_map.h"
#include "bpf/abi.h"

#include <gtest/gtest.h>
#include <random>
#include <vector>

namespace famfs::test {

using Random = std::mt19937_64;
constexpr std::uint64_t page = 4096;

inline std::uint64_t draw(Random &random, std::uint64_t least, std::uint64_t most) {
    return std::uniform_int_distribution<std::uint64_t>(least, most)(random);
}

/// Pages of a device from somewhere in its first 2^44 bytes.
inline base::Extent random_extent(Random &random, std::uint32_t devices, std::uint64_t pages) {
    return {.device = static_cast<std::uint32_t>(draw(random, 0, devices - 1)),
            .offset = draw(random, 0, 1ULL << 32) * page,
            .length = pages * page};
}

inline base::FileMap random_list(Random &random, std::uint64_t nodeid, std::uint32_t devices,
                                 std::size_t extents) {
    base::FileMap file{.nodeid = nodeid, .generation = 0, .size = 0, .chunk = 0, .extents = {}};
    std::uint64_t covered = 0;
    for (std::size_t i = 0; i < extents; ++i) {
        file.extents.push_back(random_extent(random, devices, draw(random, 1, 40)));
        covered += file.extents.back().length;
    }
    file.size = draw(random, 1, covered);
    return file;
}

inline base::FileMap random_strips(Random &random, std::uint64_t nodeid, std::uint32_t devices,
                                   std::size_t strips) {
    base::FileMap file{.nodeid = nodeid, .generation = 0, .size = 0, .chunk = 0, .extents = {}};
    file.chunk = page << draw(random, 0, 5);
    const std::uint64_t rows = draw(random, 1, 6);
    for (std::size_t i = 0; i < strips; ++i)
        file.extents.push_back(
            random_extent(random, devices, rows * (file.chunk / page) + draw(random, 0, 3)));
    file.size = draw(random, 1, strips * rows * file.chunk);
    return file;
}

struct Place {
    std::uint32_t device;
    std::uint64_t address;
};

/// Where each page of the file lies, found by dealing out pages one after the other.
inline std::vector<Place> pages_of(const base::FileMap &file) {
    std::vector<Place> pages;
    const std::uint64_t wanted = (file.size + page - 1) / page;
    std::vector<std::uint64_t> used(file.extents.size());
    std::size_t turn = 0;
    std::uint64_t left_in_chunk = file.chunk / page;
    while (pages.size() < wanted) {
        const base::Extent &extent = file.extents[turn];
        pages.push_back({extent.device, extent.offset + used[turn]});
        used[turn] += page;
        if (file.chunk == 0) {
            if (used[turn] == extent.length)
                ++turn;
        } else if (--left_in_chunk == 0) {
            left_in_chunk = file.chunk / page;
            turn = (turn + 1) % file.extents.size();
        }
    }
    return pages;
}

/// The answer contains @position, and every page of the file inside it is the model's. Device i has the
/// cookie i + 1.
inline void expect_true_answer(const std::vector<Place> &pages, std::uint64_t position,
                               const famfs_answer &answer) {
    ASSERT_LE(answer.offset, position);
    ASSERT_LT(position - answer.offset, answer.length);
    ASSERT_EQ(answer.offset % page, 0U);
    ASSERT_EQ(answer.length % page, 0U);
    const std::uint64_t first = answer.offset / page;
    for (std::uint64_t i = first; i < pages.size() && i < first + answer.length / page; ++i) {
        ASSERT_EQ(answer.device, pages[i].device + 1) << "page " << i;
        ASSERT_EQ(answer.address + (i - first) * page, pages[i].address) << "page " << i;
    }
}

/// Positions worth asking for: around each page border near random places, the first and the last byte.
inline std::vector<std::uint64_t> positions_of(Random &random, const base::FileMap &file, int count) {
    std::vector<std::uint64_t> positions{0, file.size - 1};
    for (int i = 0; i < count; ++i) {
        const std::uint64_t near = draw(random, 0, file.size - 1);
        for (const std::uint64_t position : {near, near / page * page, (near / page + 1) * page - 1}) {
            if (position < file.size)
                positions.push_back(position);
        }
    }
    return positions;
}

} // namespace famfs::test
