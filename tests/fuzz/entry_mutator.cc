// SPDX-License-Identifier: GPL-2.0-only
#include "tests/fuzz/entry_mutator.h"

#include <array>
#include <cstring>
#include <string_view>

namespace famfs::test {

using media::EntryType;
using media::LogEntry;

namespace {

constexpr std::uint64_t unit = media::default_alloc_unit;
constexpr std::array<std::uint64_t, 20> values = {
    0,          1,          2,          3,          15,
    16,         17,         4096,       unit,       2 * unit,
    4 * unit,   5 * unit,   6 * unit,   1ULL << 30, (4ULL << 30) - unit,
    4ULL << 30, 1ULL << 40, 1ULL << 63, ~0ULL,      ~0ULL - unit + 1};
constexpr std::array<std::string_view, 10> paths = {"a",  "a/b",  "a/b/c",   "b",  "..",
                                                    "/a", "a//b", ".meta/x", "a/", ""};

} // namespace

std::uint64_t any_value(Random &random) {
    switch (random() % 4) {
    case 0:
        return pick(values, random);
    case 1:
        return random() % 2048 * unit;
    case 2:
        return random() % 20;
    default:
        return pick(values, random) + random() % 3 - 1;
    }
}

namespace {

void set_path(LogEntry &entry, Random &random) {
    media::Path path{};
    pick(paths, random).copy(path.data(), path.size());
    if (random() % 8 == 0)
        path.fill('x');
    (entry.type == static_cast<std::uint32_t>(EntryType::mkdir) ? entry.mkdir.path : entry.file.path) = path;
}

/// Any aligned word of the entry.
void set_word(LogEntry &entry, Random &random) {
    std::array<std::byte, sizeof(LogEntry)> bytes{};
    std::memcpy(bytes.data(), &entry, sizeof(entry));
    const std::uint64_t value = any_value(random);
    const std::size_t size = random() % 2 == 0 ? 8 : 4;
    // The words that all entries have, or those of the first extents, or any.
    const std::size_t limit = pick(std::array<std::size_t, 3>{136, 224, sizeof(LogEntry)}, random);
    std::memcpy(bytes.data() + random() % (limit / size) * size, &value, size);
    std::memcpy(&entry, bytes.data(), sizeof(entry));
}

void change_extent(LogEntry &entry, const LogEntry &other, Random &random) {
    media::MediaExtent &extent = entry.file.simple.at(random() % 4);
    switch (random() % 4) {
    case 0:
        extent = other.file.simple.at(random() % 4);
        break;
    case 1:
        extent.offset += (random() % 5 - 2) * unit;
        break;
    case 2:
        extent.length += (random() % 3 - 1) * unit;
        break;
    default:
        extent.device = random() % 4;
    }
}

} // namespace

void change_entry(LogEntry &entry, const LogEntry &other, Random &random) {
    switch (random() % 7) {
    case 0:
        entry.type = random() % 5;
        break;
    case 1:
    case 2:
        set_path(entry, random);
        break;
    case 3:
    case 4:
        change_extent(entry, other, random);
        break;
    default:
        set_word(entry, random);
    }
}

} // namespace famfs::test
