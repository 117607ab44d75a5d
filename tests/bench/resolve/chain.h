// SPDX-License-Identifier: GPL-2.0-only
// The pointer chain of a resolver in C: inode -> meta -> extents, each an object of its own, as a slab gives
// them.
#pragma once

#include "base/file_map.h"
#include "base/memory.h"
#include "tests/bench/resolve/arguments.h"

#include <cstdint>
#include <span>

namespace famfs::bench {

/// In memory of huge pages, like the kernel's own. The pointer in the inode is not loaded: its line is hot in
/// a fault, and not counting it is in favour of the chain.
class Chain {
public:
    /// @files of the shape of @sample.
    Chain(std::uint64_t files, const base::FileMap &sample);
    /// Look-ups that wait for each other. Returns nanoseconds.
    std::uint64_t run(loop_arguments &loop) const;

private:
    struct Extent {
        std::uint64_t address;
        std::uint64_t length;
        std::uint64_t device;
    };
    struct Meta {
        std::uint64_t kind; ///< 0: extents follow each other
        std::uint64_t size;
        std::uint64_t chunk;
        std::uint64_t count;
        const Extent *extents;
        std::uint64_t rest[3];
    };
    [[nodiscard]] std::uint64_t look_up(const question &question, __u64 &failed) const;

    base::Memory meta_memory_;
    base::Memory extent_memory_;
    std::span<Meta> metas_; ///< by nodeid - FIRST_NODEID
};

} // namespace famfs::bench
