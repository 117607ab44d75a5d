// SPDX-License-Identifier: GPL-2.0-only
// The room of a memory in the arena's layout (bpf/abi.h): records from below, extent lists from above.
#pragma once

#include "base/error.h"
#include "bpf/abi.h"
#include "loader/free_space.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace famfs::loader {

/// Hands out room and makes sure that it can be touched. A BPF program that reads an arena page before user
/// space has touched it blocks that page for good (kernel/bpf/arena.c, scratch page), and running out of
/// memory in a touch is a signal. So pages are populated by a system call, with an error, before the header
/// lets a reader come near them.
class ArenaSpace {
public:
    /// EINVAL, EEXIST: see make_arena_store(). Writes the header.
    static base::Expected<ArenaSpace> create(std::span<std::byte> memory);

    /// Raises the record limit past @nodeid. ENOSPC: the lists are in the way. ENOMEM: no page to be had.
    base::Expected<void> make_record(std::uint64_t nodeid);
    /// Room for @count elements; returns its byte offset. Same errors.
    base::Expected<std::uint64_t> make_list(std::size_t count);
    /// The list at @offset, of @count elements, has no reader left.
    void free_list(std::uint64_t offset, std::size_t count);
    /// Bytes whose pages exist. Any thread.
    [[nodiscard]] std::uint64_t populated() const;

    [[nodiscard]] bool has_record(std::uint64_t nodeid) const { return nodeid < record_limit_; }
    [[nodiscard]] famfs_record &record(std::uint64_t nodeid) const;
    [[nodiscard]] famfs_extent *list(std::uint64_t offset) const;

private:
    explicit ArenaSpace(std::span<std::byte> memory) : memory_(memory), list_floor_(memory.size()) {}
    [[nodiscard]] famfs_arena_header &header() const;
    base::Expected<std::uint64_t> grow_lists(std::uint64_t bytes);
    [[nodiscard]] std::unexpected<base::Error> full(std::uint64_t wanted, const char *what) const;
    base::Expected<void> populate(std::uint64_t begin, std::uint64_t end);

    std::span<std::byte> memory_;
    std::uint64_t record_limit_ = 0; ///< as in the header, which others can write
    std::uint64_t list_floor_ = 0;   ///< bytes from the start; lists lie above
    FreeSpace free_lists_;
    std::uint64_t populated_low_ = 0;  ///< bytes from the start whose pages exist
    std::uint64_t populated_high_ = 0; ///< bytes from the start; the pages from here to the end exist
};

} // namespace famfs::loader
