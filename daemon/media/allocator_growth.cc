// SPDX-License-Identifier: GPL-2.0-only
// Files that get longer while they are written.
#include "base/text.h"
#include "daemon/media/allocator.h"

#include <algorithm>
#include <numeric>

namespace famfs::media {

namespace {

/// With so few extents left a run is taken where it can get longest, not where one fits first.
constexpr std::size_t few_extents = 4;

} // namespace

std::uint64_t capacity_of(const base::FileMap &map) {
    return std::accumulate(map.extents.begin(), map.extents.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const base::Extent &extent) { return sum + extent.length; });
}

base::Expected<void> Allocator::grow(base::FileMap &map, std::uint64_t capacity) {
    if (map.chunk != 0)
        return base::fail(EINVAL, "allocate", base::human_size(capacity), "a striped file cannot grow");
    const std::uint64_t wanted = divide_up(capacity, unit_);
    std::uint64_t held = capacity_of(map) / unit_;
    if (wanted <= held)
        return {};
    const auto refuse = [capacity](std::string why) {
        return base::fail(ENOSPC, "allocate", base::human_size(capacity), std::move(why));
    };
    if (wanted - held > free_units_)
        return refuse("only " + base::human_size(free_bytes()) + " are free");
    base::FileMap grown = map;
    extend_last(grown, std::max(wanted - held, held));
    for (held = capacity_of(grown) / unit_; held < wanted; held = capacity_of(grown) / unit_) {
        if (grown.extents.size() == max_extents) {
            trim(grown, capacity_of(map));
            return refuse("the free space is in too many pieces: a file has at most 16");
        }
        grown.extents.push_back(next_run(std::max(wanted - held, held), max_extents - grown.extents.size()));
        reserve(grown.extents.back());
    }
    map = std::move(grown);
    return {};
}

/// By what is free right behind it, at most @units.
void Allocator::extend_last(base::FileMap &map, std::uint64_t units) {
    if (map.extents.empty())
        return;
    base::Extent &last = map.extents.back();
    const std::uint64_t end = (last.offset + last.length) / unit_;
    const std::uint64_t until = devices_[last.device].next_set(end, end + units);
    if (until <= end)
        return;
    reserve(extent(last.device, end, until - end));
    last.length += (until - end) * unit_;
}

/// There is a free unit. At most @units long.
base::Extent Allocator::next_run(std::uint64_t units, std::size_t extents_left) const {
    for (std::size_t device = 0; device < devices_.size() && extents_left > few_extents; device++)
        if (const auto start = devices_[device].find_run(0, devices_[device].size(), units))
            return extent(device, *start, units);
    base::Extent longest = longest_run();
    longest.length = std::min(longest.length, units * unit_);
    return longest;
}

base::Extent Allocator::longest_run() const {
    base::Extent longest;
    for (std::size_t device = 0; device < devices_.size(); device++) {
        const Bitmap &bitmap = devices_[device];
        for (std::uint64_t start = bitmap.next_clear(0, bitmap.size()); start < bitmap.size();) {
            const std::uint64_t end = bitmap.next_set(start, bitmap.size());
            if ((end - start) * unit_ > longest.length)
                longest = extent(device, start, end - start);
            start = bitmap.next_clear(end, bitmap.size());
        }
    }
    return longest;
}

base::FileMap Allocator::cut(const base::FileMap &map, std::uint64_t bytes) const {
    if (map.chunk != 0 && bytes != 0)
        return map;
    base::FileMap result{map.nodeid, map.generation, map.size, map.chunk, {}};
    std::uint64_t missing = divide_up(bytes, unit_);
    for (base::Extent extent : map.extents) {
        if (missing == 0)
            break;
        const std::uint64_t units = std::min(extent.length / unit_, missing);
        extent.length = units * unit_;
        missing -= units;
        result.extents.push_back(extent);
    }
    return result;
}

void Allocator::trim(base::FileMap &map, std::uint64_t bytes) {
    base::FileMap kept = cut(map, bytes);
    for (std::size_t i = 0; i < map.extents.size(); i++) {
        const base::Extent &extent = map.extents[i];
        const std::uint64_t length = i < kept.extents.size() ? kept.extents[i].length : 0;
        give_back({extent.device, extent.offset + length, extent.length - length});
    }
    map = std::move(kept);
}

} // namespace famfs::media
