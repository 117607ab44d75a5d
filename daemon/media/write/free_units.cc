// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/media/write/free_units.h"

#include "daemon/media/format/layout.h"

#include <algorithm>

namespace famfs::media {

namespace {

FreeUnits::Run longest_clear(const Bitmap &bitmap, std::uint64_t from, std::uint64_t to) {
    FreeUnits::Run longest;
    for (std::uint64_t start = bitmap.next_clear(from, to); start < to;) {
        const std::uint64_t end = bitmap.next_set(start, to);
        if (end - start > longest.count)
            longest = {start, end - start};
        start = bitmap.next_clear(end, to);
    }
    return longest;
}

} // namespace

FreeUnits::FreeUnits(std::uint64_t units, std::uint64_t per_block)
    : per_block_(per_block), units_(units), blocks_(units / per_block),
      longest_(divide_up(units, per_block), static_cast<std::uint16_t>(per_block)) {
    if (units % per_block != 0)
        longest_.back() = static_cast<std::uint16_t>(units % per_block);
}

void FreeUnits::take(std::uint64_t first, std::uint64_t count) {
    units_.set(first, count);
    note_change(first, count);
}

void FreeUnits::give_back(std::uint64_t first, std::uint64_t count) {
    units_.clear(first, count);
    first_block_ = std::min(first_block_, first / per_block_);
    note_change(first, count);
}

void FreeUnits::note_change(std::uint64_t first, std::uint64_t count) {
    const std::uint64_t last = std::min<std::uint64_t>(divide_up(first + count, per_block_), longest_.size());
    for (std::uint64_t block = first / per_block_; block < last; block++) {
        longest_[block] = longest_in(block);
        longest_[block] == per_block_ ? blocks_.clear(block, 1) : blocks_.set(block, 1);
    }
    while (first_block_ < longest_.size() && longest_[first_block_] == 0)
        first_block_++;
}

std::uint16_t FreeUnits::longest_in(std::uint64_t block) const {
    const std::uint64_t start = block * per_block_;
    return static_cast<std::uint16_t>(
        longest_clear(units_, start, std::min(start + per_block_, units_.size())).count);
}

std::optional<std::uint64_t> FreeUnits::find_in_hole(std::uint64_t count) const {
    for (std::uint64_t block = first_block_; block < longest_.size(); block++)
        if (longest_[block] >= count && longest_[block] < per_block_)
            return units_.find_run(block * per_block_, (block + 1) * per_block_, count);
    return {};
}

std::optional<std::uint64_t> FreeUnits::find_in_blocks(std::uint64_t from, std::uint64_t to,
                                                       std::uint64_t count, std::uint64_t phase) const {
    to = std::min(to, units_.size());
    const std::uint64_t whole = std::max<std::uint64_t>((phase + count) / per_block_, 1);
    std::uint64_t block = divide_up(from, per_block_);
    while (const auto found = blocks_.find_run(block, to / per_block_, whole)) {
        const std::uint64_t start = *found * per_block_ + phase;
        if (count <= to - start && free_at(start, count) == count)
            return start;
        block = *found + whole; // not free whole, or the rest at the end: the tail did not fit there
    }
    return {};
}

FreeUnits::Run FreeUnits::longest() const {
    return longest_clear(units_, first_block_ * per_block_, units_.size());
}

FreeUnits::Run FreeUnits::longest_of_blocks() const {
    const Run run = longest_clear(blocks_, 0, blocks_.size());
    return {run.first * per_block_, run.count * per_block_};
}

} // namespace famfs::media
