// SPDX-License-Identifier: GPL-2.0-only
// Which allocation units of one device are free, and where a run of them should begin so that 2 MiB pages
// stay possible. A block is 2 MiB of the device: as many units as a huge page has. Blocks that are free whole
// are for large files; holes are what is left of the others.
#pragma once

#include "daemon/media/write/bitmap.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

namespace famfs::media {

/// Everything counts in units.
class FreeUnits {
public:
    struct Run {
        std::uint64_t first = 0;
        std::uint64_t count = 0;
    };

    /// All are free. @per_block: 1 to 512; with 1 there are no holes, and each unit is a block.
    FreeUnits(std::uint64_t units, std::uint64_t per_block);

    [[nodiscard]] std::uint64_t size() const { return units_.size(); }
    [[nodiscard]] std::uint64_t count() const { return units_.count_clear(); }
    void take(std::uint64_t first, std::uint64_t count);
    void give_back(std::uint64_t first, std::uint64_t count);

    /// How many are free from @first on, at most @most.
    [[nodiscard]] std::uint64_t free_at(std::uint64_t first, std::uint64_t most) const {
        const std::uint64_t end = units_.next_set(first, first + most);
        return end > first ? end - first : 0; // @first may be the device's end
    }
    /// The first run of @count in [from, to), wherever it begins.
    [[nodiscard]] std::optional<std::uint64_t> find(std::uint64_t from, std::uint64_t to,
                                                    std::uint64_t count) const {
        return units_.find_run(std::max(from, first_block_ * per_block_), to, count);
    }
    /// The first run of @count in a hole; no block is broken for it.
    [[nodiscard]] std::optional<std::uint64_t> find_in_hole(std::uint64_t count) const;
    /// The first run of @count in [from, to) that begins @phase (below a block) into a free block of it.
    [[nodiscard]] std::optional<std::uint64_t> find_in_blocks(std::uint64_t from, std::uint64_t to,
                                                              std::uint64_t count, std::uint64_t phase) const;
    [[nodiscard]] Run longest() const;
    /// Of whole blocks.
    [[nodiscard]] Run longest_of_blocks() const;

private:
    void note_change(std::uint64_t first, std::uint64_t count);
    [[nodiscard]] std::uint16_t longest_in(std::uint64_t block) const;

    std::uint64_t per_block_;
    Bitmap units_;                       ///< set: taken
    Bitmap blocks_;                      ///< set: not free whole; none for a rest at the device's end
    std::vector<std::uint16_t> longest_; ///< free run inside each block, so that full ones need no look
    std::uint64_t first_block_ = 0;      ///< all before it are full
};

} // namespace famfs::media
