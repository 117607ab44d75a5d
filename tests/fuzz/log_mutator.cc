// SPDX-License-Identifier: GPL-2.0-only
// Changes to a log that keep its structure: bytes alone rarely make an aligned extent or a path with a
// parent.
#include "tests/fuzz/entry_mutator.h"
#include "tests/fuzz/log_input.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t *data, std::size_t size, std::size_t max_size);

namespace famfs::test {
namespace {

using media::LogEntry;

constexpr std::uint64_t unit = media::default_alloc_unit;

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

void change_list_or_entry(LogInput &input, Random &random) {
    if (random() % 8 == 0)
        change_list(input.entries, random);
    else
        change_entry(pick(input.entries, random), pick(input.entries, random), random);
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
        random() % 10 == 0 ? change_head(input, random) : change_list_or_entry(input, random);
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
