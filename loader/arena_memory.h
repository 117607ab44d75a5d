// SPDX-License-Identifier: GPL-2.0-only
// The BPF arena as a map and as memory of this process.
#pragma once

#include "base/error.h"
#include "base/fd.h"
#include "base/memory.h"

#include <cstdint>

namespace famfs::loader {

/// Owns the map's descriptor and the mapping. The mapping begins at a multiple of 4 GiB, because the kernel
/// takes the low 32 bits of a user address as the offset: so offsets in records are valid in the program as
/// they are (bpf/arena.bpf.c). The kernel wants every process that maps the arena to use the same address; it
/// lies where nothing else is put unasked.
class ArenaMemory {
public:
    ArenaMemory() = default;
    /// @bytes: rounded up to pages; at most 4 GiB (EINVAL). 0 means 4 GiB. Other errors: those of map
    /// creation.
    static base::Expected<ArenaMemory> create(std::uint64_t bytes);

    [[nodiscard]] int fd() const { return map_.get(); }
    [[nodiscard]] std::span<std::byte> bytes() const { return memory_.bytes(); }

private:
    base::Fd map_;
    base::Memory memory_;
};

} // namespace famfs::loader
