// SPDX-License-Identifier: GPL-2.0-only
#include "loader/arena_memory.h"

#include "base/try.h"
#include "bpf/abi.h"

#include <bpf/bpf.h>

namespace famfs::loader {
namespace {

// From 2^45, below the regions that the kernel uses for programs, heaps and libraries, and outside the
// sanitizers' shadows.
constexpr std::uint64_t first_slot = 1ULL << 45;
constexpr std::uint64_t slots = 4096;

/// An inaccessible mapping that keeps the address free until the arena takes its place.
base::Expected<base::Memory> reserve(std::size_t bytes) {
    for (std::uint64_t slot = 0; slot < slots; ++slot) {
        // NOLINTNEXTLINE(performance-no-int-to-ptr): the address is the point
        auto *const start = reinterpret_cast<void *>(first_slot + slot * FAMFS_ARENA_MAX);
        auto reserved = base::Memory::at(start, bytes, PROT_NONE,
                                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE,
                                         -1, "address space for the arena");
        if (reserved || reserved.error().code != EEXIST)
            return reserved;
    }
    return base::fail(ENOMEM, "reserve", "address space for the arena",
                      "this process has used all places for it");
}

base::Expected<base::Fd> create_map(std::uint64_t bytes, std::span<std::byte> place) {
    LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE,
                .map_extra = reinterpret_cast<std::uint64_t>(place.data()));
    base::Fd map(bpf_map_create(BPF_MAP_TYPE_ARENA, "arena", 0, 0,
                                static_cast<std::uint32_t>(bytes / FAMFS_PAGE_SIZE), &options));
    if (!map)
        return base::fail_errno("create", "BPF arena",
                                "it needs Linux 6.9 or newer, CAP_BPF and CAP_PERFMON");
    return map;
}

} // namespace

base::Expected<ArenaMemory> ArenaMemory::create(std::uint64_t bytes) {
    if (bytes == 0)
        bytes = FAMFS_ARENA_MAX;
    if (bytes > FAMFS_ARENA_MAX)
        return base::fail(EINVAL, "create", "BPF arena of " + std::to_string(bytes) + " bytes",
                          "the kernel's limit is 4 GiB, room for 67 million files of one extent");
    bytes = (bytes + FAMFS_PAGE_SIZE - 1) / FAMFS_PAGE_SIZE * FAMFS_PAGE_SIZE;

    ArenaMemory arena;
    auto reserved = FAMFS_TRY(reserve(bytes));
    auto map = FAMFS_TRY(create_map(bytes, reserved.bytes()));
    auto mapped = FAMFS_TRY(base::Memory::at(reserved.bytes().data(), bytes, PROT_READ | PROT_WRITE,
                                             MAP_SHARED | MAP_FIXED, map.get(), "the BPF arena"));
    reserved.release(); // the arena's mapping has replaced it
    arena.map_ = std::move(map);
    arena.memory_ = std::move(mapped);
    return arena;
}

} // namespace famfs::loader
