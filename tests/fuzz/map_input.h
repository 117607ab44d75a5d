// SPDX-License-Identifier: GPL-2.0-only
// What an input of map_fuzz means: nodeid, position, then memory.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace famfs::test {

struct MapInput {
    std::uint64_t nodeid = 0;
    std::uint64_t position = 0; ///< below 2^63, as every position in a file is
    std::span<const std::byte> memory;

    static MapInput read(std::span<const std::byte> bytes) {
        MapInput input;
        if (bytes.size() < 16)
            return input;
        std::memcpy(&input.nodeid, bytes.data(), 8);
        std::memcpy(&input.position, bytes.data() + 8, 8);
        input.position &= INT64_MAX;
        input.memory = bytes.subspan(16);
        return input;
    }

    [[nodiscard]] std::vector<std::byte> write() const {
        std::vector<std::byte> bytes(16 + memory.size());
        std::memcpy(bytes.data(), &nodeid, 8);
        std::memcpy(bytes.data() + 8, &position, 8);
        std::ranges::copy(memory, bytes.begin() + 16);
        return bytes;
    }
};

} // namespace famfs::test
