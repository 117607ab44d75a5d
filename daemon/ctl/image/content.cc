// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/image/content.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace famfs::ctl {

namespace {

/// A step of the generator splitmix64, which gives a good word for any counter.
std::uint64_t word(std::uint64_t seed, std::uint64_t index) {
    std::uint64_t state = seed * 0xD1342543DE82EF95ULL + index * 0x9E3779B97F4A7C15ULL + 1;
    state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9ULL;
    state = (state ^ (state >> 27)) * 0x94D049BB133111EBULL;
    return state ^ (state >> 31);
}

} // namespace

void fill_content(std::span<std::byte> to, std::uint64_t seed, std::uint64_t position) {
    while (!to.empty()) {
        const std::uint64_t value = word(seed, position / sizeof(value));
        const std::size_t skip = position % sizeof(value);
        const std::size_t length = std::min(to.size(), sizeof(value) - skip);
        std::memcpy(to.data(), reinterpret_cast<const char *>(&value) + skip, length);
        to = to.subspan(length);
        position += length;
    }
}

std::optional<std::uint64_t> first_difference(std::span<const std::byte> bytes, std::uint64_t seed,
                                              std::uint64_t position) {
    std::array<std::byte, 4096> expected{};
    while (!bytes.empty()) {
        const auto part = bytes.first(std::min(bytes.size(), expected.size()));
        fill_content(std::span(expected).first(part.size()), seed, position);
        const auto [difference, unused] = std::mismatch(part.begin(), part.end(), expected.begin());
        if (difference != part.end())
            return position + static_cast<std::uint64_t>(difference - part.begin());
        bytes = bytes.subspan(part.size());
        position += part.size();
    }
    return {};
}

} // namespace famfs::ctl
