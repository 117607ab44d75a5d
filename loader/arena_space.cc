// SPDX-License-Identifier: GPL-2.0-only
#include "loader/arena_space.h"

#include "base/try.h"

#include <algorithm>
#include <sys/mman.h>

namespace famfs::loader {
namespace {

constexpr std::uint64_t populate_step = 1U << 18; // one system call for 4096 records
constexpr std::uint64_t cache_line = 64;

std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) {
    return (value + unit - 1) / unit * unit;
}

std::uint64_t list_bytes(std::size_t count) {
    return round_up(std::uint64_t{count} * FAMFS_EXTENT_SIZE, cache_line);
}

base::Expected<void> check_memory(std::span<std::byte> memory) {
    const std::string name = std::to_string(memory.size()) + " bytes";
    if (memory.size() < FAMFS_PAGE_SIZE || memory.size() % FAMFS_PAGE_SIZE != 0 ||
        reinterpret_cast<std::uintptr_t>(memory.data()) % FAMFS_PAGE_SIZE != 0)
        return base::fail(EINVAL, "keep records in", name, "it must be one or more whole pages");
    if (memory.size() > FAMFS_ARENA_MAX)
        return base::fail(EINVAL, "keep records in", name, "an arena has at most 4 GiB");
    return {};
}

} // namespace

base::Expected<ArenaSpace> ArenaSpace::create(std::span<std::byte> memory) {
    FAMFS_TRY(check_memory(memory));
    ArenaSpace space(memory);
    space.populated_high_ = memory.size();
    FAMFS_TRY(space.populate(0, FAMFS_PAGE_SIZE));
    space.populated_low_ = FAMFS_PAGE_SIZE;
    if (space.header().magic != 0)
        return base::fail(EEXIST, "keep records in", "an arena", "it already has a header");
    space.header() = {.magic = FAMFS_ARENA_MAGIC,
                      .reserved_word = 0,
                      .record_limit = 0,
                      .arena_size = memory.size(),
                      .reserved = {}};
    return space;
}

famfs_arena_header &ArenaSpace::header() const {
    return *reinterpret_cast<famfs_arena_header *>(memory_.data());
}

famfs_record &ArenaSpace::record(std::uint64_t nodeid) const {
    return *reinterpret_cast<famfs_record *>(memory_.data() + nodeid * FAMFS_RECORD_SIZE);
}

famfs_extent *ArenaSpace::list(std::uint64_t offset) const {
    return reinterpret_cast<famfs_extent *>(memory_.data() + offset);
}

std::unexpected<base::Error> ArenaSpace::full(std::uint64_t wanted, const char *what) const {
    return base::fail(ENOSPC, std::string("find room for ") + what + " in", "the arena",
                      std::to_string(wanted) + " bytes wanted; of " + std::to_string(memory_.size()) +
                          " bytes, " + std::to_string(record_limit_ * FAMFS_RECORD_SIZE) +
                          " are records and " + std::to_string(memory_.size() - list_floor_) +
                          " extent lists");
}

base::Expected<void> ArenaSpace::populate(std::uint64_t begin, std::uint64_t end) {
    if (::madvise(memory_.data() + begin, end - begin, MADV_POPULATE_WRITE) == 0)
        return {};
    // EFAULT is what a touch would have answered with a signal.
    const int code = errno == EFAULT ? ENOMEM : errno;
    return base::fail(code, "populate " + std::to_string(end - begin) + " bytes of", "the arena",
                      "the memory or the memory limit of this control group is used up");
}

base::Expected<void> ArenaSpace::make_record(std::uint64_t nodeid) {
    if (nodeid < record_limit_)
        return {};
    if (nodeid >= list_floor_ / FAMFS_RECORD_SIZE)
        return full(FAMFS_RECORD_SIZE, "a record");
    const std::uint64_t wanted = (nodeid + 1) * FAMFS_RECORD_SIZE;
    if (wanted > populated_low_) {
        const std::uint64_t end =
            std::min(round_up(wanted, populate_step), round_up(list_floor_, FAMFS_PAGE_SIZE));
        FAMFS_TRY(populate(populated_low_, end));
        populated_low_ = end;
    }
    record_limit_ = std::min(round_up(wanted, FAMFS_PAGE_SIZE), list_floor_) / FAMFS_RECORD_SIZE;
    __atomic_store_n(&header().record_limit, record_limit_, __ATOMIC_RELEASE);
    return {};
}

base::Expected<std::uint64_t> ArenaSpace::make_list(std::size_t count) {
    const std::uint64_t bytes = list_bytes(count);
    if (const auto reused = free_lists_.take(bytes))
        return *reused;
    return grow_lists(bytes);
}

base::Expected<std::uint64_t> ArenaSpace::grow_lists(std::uint64_t bytes) {
    const std::uint64_t lowest = std::max<std::uint64_t>(record_limit_, 1) * FAMFS_RECORD_SIZE;
    if (list_floor_ < lowest || bytes > list_floor_ - lowest)
        return full(bytes, "an extent list");
    const std::uint64_t start = list_floor_ - bytes;
    if (start < populated_high_) {
        const std::uint64_t begin =
            std::max(start / populate_step * populate_step, lowest / FAMFS_PAGE_SIZE * FAMFS_PAGE_SIZE);
        FAMFS_TRY(populate(begin, populated_high_));
        populated_high_ = begin;
    }
    list_floor_ = start;
    return start;
}

void ArenaSpace::free_list(std::uint64_t offset, std::size_t count) {
    free_lists_.give(offset, list_bytes(count));
    list_floor_ += free_lists_.take_at(list_floor_);
}

std::uint64_t ArenaSpace::populated() const {
    return std::min(populated_low_, populated_high_) + memory_.size() - populated_high_;
}

} // namespace famfs::loader
