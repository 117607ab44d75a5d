// SPDX-License-Identifier: GPL-2.0-only
// Changes to a log that keep its structure: bytes alone rarely make an aligned extent or a path with a
// parent.
#include "tests/fuzz/log_input.h"

#include <array>
#include <random>
#include <string_view>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t *data, std::size_t size, std::size_t max_size);

namespace famfs::test {
namespace {

using media::EntryType;
using media::LogEntry;
using Random = std::minstd_rand;

constexpr std::uint64_t unit = media::default_alloc_unit;
constexpr std::array<std::uint64_t, 20> values = {
    0,          1,          2,          3,          15,
    16,         17,         4096,       unit,       2 * unit,
    4 * unit,   5 * unit,   6 * unit,   1ULL << 30, (4ULL << 30) - unit,
    4ULL << 30, 1ULL << 40, 1ULL << 63, ~0ULL,      ~0ULL - unit + 1};
constexpr std::array<std::string_view, 10> paths = {"a",  "a/b",  "a/b/c",   "b",  "..",
                                                    "/a", "a//b", ".meta/x", "a/", ""};

template <class Container>
auto &pick(Container &&container, Random &random) {
    return container[random() % container.size()];
}

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

void change_list(std::vector<LogEntry> &entries, Random &random) {
    const LogEntry chosen = pick(entries, random);
    switch (random() % 4) {
    case 0:
        entries.push_back(chosen);
        break;
    case 1:
        pick(entries, random) = chosen;
        break;
    case 2:
        std::swap(pick(entries, random), pick(entries, random));
        break;
    default:
        entries.pop_back();
    }
}

void change_entry(LogInput &input, Random &random) {
    LogEntry &entry = pick(input.entries, random);
    switch (random() % 8) {
    case 0:
        entry.type = random() % 5;
        break;
    case 1:
    case 2:
        set_path(entry, random);
        break;
    case 3:
    case 4:
        change_extent(entry, pick(input.entries, random), random);
        break;
    case 5:
        change_list(input.entries, random);
        break;
    default:
        set_word(entry, random);
    }
}

void change_head(LogInput &input, Random &random) {
    switch (random() % 6) {
    case 0:
        input.settings ^= static_cast<std::uint8_t>(1U << random() % 7);
        break;
    case 1:
        input.superblock.alloc_unit = random() % 2 == 0 ? 4096 : unit;
        break;
    case 2:
        input.superblock.device_size = any_value(random);
        break;
    case 3:
        input.header.next_index = any_value(random);
        break;
    case 4:
        input.superblock.log_length = any_value(random);
        break;
    default:
        input.superblock.flags = static_cast<std::uint32_t>(any_value(random));
    }
}

std::size_t mutate(std::span<std::uint8_t> data, std::size_t size, unsigned int seed) {
    Random random(seed);
    LogInput input = LogInput::read(std::as_bytes(data.first(size)));
    if (random() % 4 == 0 || input.entries.empty())
        return LLVMFuzzerMutate(data.data(), size, data.size());
    for (std::size_t i = 0; i <= random() % 3 && !input.entries.empty(); i++)
        random() % 10 == 0 ? change_head(input, random) : change_entry(input, random);
    const std::vector<std::byte> changed = input.write();
    const std::size_t length = std::min(changed.size(), data.size());
    std::memcpy(data.data(), changed.data(), length);
    return length;
}

} // namespace
} // namespace famfs::test

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t *data, std::size_t size, std::size_t max_size,
                                               unsigned int seed) {
    return famfs::test::mutate({data, max_size}, size, seed);
}
