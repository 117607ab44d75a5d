// SPDX-License-Identifier: GPL-2.0-only
// Files that get longer while they are written.
#include "daemon/media/allocator.h"
#include "daemon/media/text.h"

#include <algorithm>
#include <numeric>

namespace famfs::media {

namespace {

/// With so few extents left a run is taken where it can get longest, not where one fits first.
constexpr std::size_t few_extents = 4;

bool many_left(const loader::FileMap &map) {
    return max_extents - map.extents.size() > few_extents;
}

/// What a file gets ahead of its first bytes where the unit is smaller; and how much longer it gets with each
/// step from there to 2 MiB. So a file with neighbours on all sides has spent at most three extents by then.
constexpr std::uint64_t first_step = 65536;
constexpr std::uint64_t early_factor = 8;

} // namespace

std::uint64_t capacity_of(const loader::FileMap &map) {
    return std::accumulate(
        map.extents.begin(), map.extents.end(), std::uint64_t{0},
        [](std::uint64_t sum, const loader::Extent &extent) { return sum + extent.length; });
}

base::Expected<void> Allocator::grow(loader::FileMap &map, std::uint64_t capacity) {
    if (map.chunk != 0)
        return base::fail(EINVAL, "allocate", human_size(capacity), "a striped file cannot grow");
    return extend(map, capacity, Step::ahead);
}

/// Aligned places can be shorter, so a file that runs out of extents there may still fit elsewhere.
base::Expected<void> Allocator::extend(loader::FileMap &map, std::uint64_t capacity, Step step) {
    const std::uint64_t wanted = divide_up(capacity, unit_);
    const std::uint64_t held = capacity_of(map) / unit_;
    if (wanted <= held)
        return {};
    const auto refuse = [capacity](std::string why) {
        return base::fail(ENOSPC, "allocate", human_size(capacity), std::move(why));
    };
    if (wanted - held > free_units_)
        return refuse("only " + human_size(free_bytes()) + " are free");
    for (const Fit fit : {Fit::aligned_first, Fit::any}) {
        loader::FileMap extended = map;
        if (extend(extended, wanted, step, fit)) {
            map = std::move(extended);
            return {};
        }
        trim(extended, capacity_of(map));
    }
    return refuse("the free space is in too many pieces: a file has at most 16");
}

/// There are enough free units. False: they are in too many pieces; @map has some of them.
bool Allocator::extend(loader::FileMap &map, std::uint64_t wanted, Step step, Fit fit) {
    std::uint64_t held = capacity_of(map) / unit_;
    extend_last(map, missing(held, wanted, step), fit);
    for (held = capacity_of(map) / unit_; held < wanted; held = capacity_of(map) / unit_) {
        if (map.extents.size() == max_extents)
            return false;
        map.extents.push_back(next_run(map, missing(held, wanted, step), fit));
        reserve(map.extents.back());
    }
    return true;
}

/// Units that a file of @held should get with its next run, at least what @wanted needs. A growing file of
/// 2 MiB and more gets whole 2 MiB, so that the run after it begins with one.
std::uint64_t Allocator::missing(std::uint64_t held, std::uint64_t wanted, Step step) const {
    if (step == Step::exact)
        return held < per_block_ ? wanted - held : std::max(wanted - held, held);
    const std::uint64_t early = std::min(std::max(early_factor * held, first_step / unit_), per_block_);
    const std::uint64_t target = std::max(wanted, held < per_block_ ? early : 2 * held);
    return (target < per_block_ ? target : divide_up(target, per_block_) * per_block_) - held;
}

/// By what is free right behind it, at most @units. Free blocks that would not be mapped by 2 MiB pages then
/// are left to another run: where position and address do not agree, and where a neighbour is in the last
/// one.
void Allocator::extend_last(loader::FileMap &map, std::uint64_t units, Fit fit) {
    if (map.extents.empty())
        return;
    loader::Extent &last = map.extents.back();
    const std::uint64_t end = (last.offset + last.length) / unit_;
    const std::uint64_t block_end = divide_up(end, per_block_) * per_block_;
    std::uint64_t until = end + devices_[last.device].free_at(end, units);
    if (fit == Fit::aligned_first && many_left(map)) {
        if (until > block_end && until < end + units)
            until = std::max(block_end, until / per_block_ * per_block_);
        if ((end - capacity_of(map) / unit_) % per_block_ != 0)
            until = std::min(until, block_end);
    }
    reserve(extent(last.device, end, until - end));
    last.length += (until - end) * unit_;
}

/// There is a free unit. At most @units long.
loader::Extent Allocator::next_run(const loader::FileMap &map, std::uint64_t units, Fit fit) const {
    if (fit == Fit::aligned_first)
        if (const auto aligned = aligned_run(map, units))
            return *aligned;
    return any_run(map, units);
}

/// Holes for what stays below 2 MiB with it; whole blocks, but for what the last one has too much, for the
/// rest. Nothing if there is neither, or if few extents are left and the blocks do not hold all of it.
std::optional<loader::Extent> Allocator::aligned_run(const loader::FileMap &map, std::uint64_t units) const {
    const std::uint64_t held = capacity_of(map) / unit_;
    const std::uint64_t phase = held % per_block_;
    const bool small = held + units < per_block_;
    for (std::size_t device = 0; device < devices_.size() && many_left(map) && small; device++)
        if (const auto start = devices_[device].find_in_hole(units))
            return extent(device, *start, units);
    for (std::size_t device = 0; device < devices_.size() && many_left(map); device++)
        if (const auto start = devices_[device].find_in_blocks(0, devices_[device].size(), units, phase))
            return extent(device, *start, units);
    std::optional<loader::Extent> longest;
    for (std::size_t device = 0; device < devices_.size(); device++)
        if (const FreeUnits::Run run = devices_[device].longest_of_blocks();
            run.count > phase && (!longest || (run.count - phase) * unit_ > longest->length))
            longest = extent(device, run.first + phase, run.count - phase);
    if (!longest || (longest->length < units * unit_ && !many_left(map)))
        return {};
    longest->length = std::min(longest->length, units * unit_);
    return longest;
}

loader::Extent Allocator::any_run(const loader::FileMap &map, std::uint64_t units) const {
    for (std::size_t device = 0; device < devices_.size() && many_left(map); device++)
        if (const auto start = devices_[device].find(0, devices_[device].size(), units))
            return extent(device, *start, units);
    loader::Extent longest;
    for (std::size_t device = 0; device < devices_.size(); device++)
        if (const FreeUnits::Run run = devices_[device].longest(); run.count * unit_ > longest.length)
            longest = extent(device, run.first, run.count);
    longest.length = std::min(longest.length, units * unit_);
    return longest;
}

loader::FileMap Allocator::cut(const loader::FileMap &map, std::uint64_t bytes) const {
    if (map.chunk != 0 && bytes != 0)
        return map;
    loader::FileMap result{map.nodeid, map.generation, map.size, map.chunk, {}};
    std::uint64_t missing = divide_up(bytes, unit_);
    for (loader::Extent extent : map.extents) {
        if (missing == 0)
            break;
        const std::uint64_t units = std::min(extent.length / unit_, missing);
        extent.length = units * unit_;
        missing -= units;
        result.extents.push_back(extent);
    }
    return result;
}

void Allocator::trim(loader::FileMap &map, std::uint64_t bytes) {
    loader::FileMap kept = cut(map, bytes);
    for (std::size_t i = 0; i < map.extents.size(); i++) {
        const loader::Extent &extent = map.extents[i];
        const std::uint64_t length = i < kept.extents.size() ? kept.extents[i].length : 0;
        give_back({extent.device, extent.offset + length, extent.length - length});
    }
    map = std::move(kept);
}

} // namespace famfs::media
