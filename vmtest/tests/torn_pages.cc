// SPDX-License-Identifier: GPL-2.0-only
#include "vmtest/tests/torn_pages.h"

#include "vmtest/tests/memory_probe.h"

#include <algorithm>

namespace famfs::vmtest {
namespace {

constexpr int page_bits = 8;
constexpr int generation_bits = 24;
constexpr int identity_bits = 46;
constexpr std::size_t words_in_page = page_size / sizeof(std::uint64_t);

std::uint64_t with_check(std::uint64_t identity) {
    return identity | (identity * 0x9E3779B97F4A7C15U) >> identity_bits << identity_bits;
}

/// @count extents, the last of them first on the device: none continues the one before.
std::vector<base::Extent> backwards(std::uint64_t start, std::uint64_t pages, std::uint64_t count) {
    std::vector<base::Extent> extents;
    std::uint64_t end = start + pages * page_size;
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t length = (pages / count + (i < pages % count ? 1 : 0)) * page_size;
        end -= length;
        extents.push_back({.device = 0, .offset = end, .length = length});
    }
    return extents;
}

/// Page of the device that holds page @page of the file.
std::uint64_t device_page(const base::FileMap &file, std::uint64_t page) {
    if (file.chunk != 0) {
        const std::uint64_t strips = file.extents.size();
        return file.extents[page % strips].offset / page_size + page / strips;
    }
    auto extent = file.extents.begin();
    for (; page >= extent->length / page_size; ++extent)
        page -= extent->length / page_size;
    return extent->offset / page_size + page;
}

} // namespace

std::uint64_t word_of(const PageIdentity &identity) {
    return with_check((identity.nodeid << generation_bits | identity.generation) << page_bits |
                      identity.page);
}

std::optional<PageIdentity> identity_of(std::uint64_t word) {
    const std::uint64_t identity = word & ((1ULL << identity_bits) - 1);
    if (with_check(identity) != word)
        return std::nullopt;
    return PageIdentity{.nodeid = identity >> (generation_bits + page_bits),
                        .generation =
                            static_cast<std::uint32_t>(identity >> page_bits & ((1U << generation_bits) - 1)),
                        .page = static_cast<std::uint32_t>(identity & ((1U << page_bits) - 1))};
}

std::uint64_t file_pages(std::uint64_t nodeid) {
    return nodeid % 3 == 0 ? slot_pages : slot_pages / 4;
}

base::FileMap lay_out(std::uint64_t nodeid, std::uint32_t generation, std::uint64_t slot) {
    constexpr std::uint64_t strips[] = {2, 5, 10}; // each deals the pages of every file without a rest
    const std::uint64_t pages = file_pages(nodeid);
    const std::uint64_t turn = nodeid + generation;
    const std::uint64_t counts[] = {1, 2 + turn / 4 % 8, pages, strips[turn / 4 % 3]};
    const std::uint64_t kind = turn % 4;
    return {.nodeid = nodeid,
            .generation = generation,
            .size = pages * page_size,
            .chunk = kind == 3 ? page_size : 0,
            .extents = backwards(slot * slot_pages * page_size, pages, counts[kind])};
}

std::vector<std::uint64_t> contents_of(const base::FileMap &file) {
    const std::uint64_t pages = file.size / page_size;
    std::vector<std::uint64_t> words(pages * words_in_page);
    const std::uint64_t start = std::ranges::min(file.extents, {}, &base::Extent::offset).offset / page_size;
    for (std::uint64_t page = 0; page < pages; ++page) {
        const std::uint64_t word = word_of(
            {.nodeid = file.nodeid, .generation = file.generation, .page = static_cast<std::uint32_t>(page)});
        std::fill_n(words.begin() +
                        static_cast<std::ptrdiff_t>((device_page(file, page) - start) * words_in_page),
                    words_in_page, word);
    }
    return words;
}

} // namespace famfs::vmtest
