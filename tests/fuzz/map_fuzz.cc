// SPDX-License-Identifier: GPL-2.0-only
// Any record and any list, in an arena or handed over as the hash backend does it: bpf/mapping.h reads
// nothing outside, and an answer is a run of whole pages that contains the position.
#include "bpf/arena.h"
#include "loader/record_builder.h"
#include "tests/fuzz/map_input.h"

#include <cstdio>
#include <cstdlib>

namespace famfs::test {
namespace {

[[noreturn]] void stop(const char *why) {
    (void)std::fprintf(stderr, "map_fuzz: %s\n", why);
    std::abort();
}

void check_answer(const famfs_answer &answer, std::uint64_t position) {
    if (position < answer.offset || position - answer.offset >= answer.length)
        stop("the answer does not contain the position");
    if (answer.offset + answer.length < answer.offset || answer.address + answer.length < answer.address)
        stop("the answer overflows");
    if ((answer.offset | answer.length | answer.address) % FAMFS_PAGE_SIZE != 0)
        stop("the answer is not made of whole pages");
    if (answer.device == 0)
        stop("the answer names no device");
}

/// On the heap and of that very size, so that the sanitizer sees a read beyond the end.
template <class T>
std::vector<T> exactly(std::span<const std::byte> bytes) {
    std::vector<T> copy(bytes.size() / sizeof(T));
    if (!copy.empty())
        std::memcpy(copy.data(), bytes.data(), copy.size() * sizeof(T));
    return copy;
}

void check_arena(const MapInput &input) {
    const auto memory = exactly<std::uint64_t>(input.memory);
    famfs_answer answer{};
    if (famfs_arena_look_up(reinterpret_cast<const char *>(memory.data()), memory.size() * 8, input.nodeid,
                            input.position, &answer) == FAMFS_OK)
        check_answer(answer, input.position);
}

/// A record, and after it its list. The caller of mapping.h bounds the list by its length.
void check_record(const MapInput &input) {
    if (input.memory.size() < sizeof(famfs_record))
        return;
    const auto copy = exactly<famfs_record>(input.memory.first(sizeof(famfs_record)));
    const auto list = exactly<famfs_extent>(input.memory.subspan(sizeof(famfs_record)));
    famfs_answer answer{};
    const loader::BuiltRecord built{.record = copy.front(), .elements = list};
    if (built.map(input.position, answer) == FAMFS_OK)
        check_answer(answer, input.position);
}

} // namespace
} // namespace famfs::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const auto input = famfs::test::MapInput::read(std::as_bytes(std::span(data, size)));
    famfs::test::check_arena(input);
    famfs::test::check_record(input);
    return 0;
}
