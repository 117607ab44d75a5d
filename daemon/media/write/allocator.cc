// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/media/write/allocator.h"

#include "base/text.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <tuple>

namespace famfs::media {

namespace {

constexpr std::uint64_t min_bucket = gibibyte;
constexpr std::uint32_t max_buckets = 64;
/// With so few extents left a run is taken where it can get longest, not where one fits first.
constexpr std::size_t few_extents = 4;

} // namespace

Allocator::Allocator(const FileSystem &checked, std::uint64_t seed)
    : unit_(checked.superblock().alloc_unit), random_(seed) {
    for (std::size_t device = 0; device < checked.devices().size(); device++) {
        const DeviceEntry &entry = checked.devices()[device];
        devices_.emplace_back(entry.at_hand ? entry.usable / unit_ : 0);
        devices_.back().set(0, data_start(device, checked.superblock().log_length) / unit_);
    }
    for (const Node &node : checked.nodes())
        for (const base::Extent &extent : node.map.extents)
            devices_[extent.device].set(extent.offset / unit_, extent.length / unit_);
    for (const Bitmap &bitmap : devices_)
        free_units_ += bitmap.count_clear();
}

base::Extent Allocator::extent(std::size_t device, std::uint64_t unit, std::uint64_t units) const {
    return {static_cast<std::uint32_t>(device), unit * unit_, units * unit_};
}

void Allocator::reserve(const base::Extent &extent) {
    devices_[extent.device].set(extent.offset / unit_, extent.length / unit_);
    free_units_ -= extent.length / unit_;
}

void Allocator::give_back(const base::Extent &extent) {
    devices_[extent.device].clear(extent.offset / unit_, extent.length / unit_);
    free_units_ += extent.length / unit_;
}

base::Expected<base::FileMap> Allocator::allocate(std::uint64_t size, const Striping &striping) {
    if (size == 0 || size > INT64_MAX)
        return base::fail(EINVAL, "allocate", std::to_string(size) + " bytes", "a famfs has no empty files");
    const bool stripe = striping.strips != 0;
    if (stripe)
        if (auto checked = check(striping); !checked)
            return std::unexpected(checked.error());
    // Less than a chunk would lie on one strip and leave the others empty.
    return stripe && size >= striping.chunk ? striped(size, striping) : unstriped(size);
}

/// The order of a file's bytes is free until they are written, so extents go up the devices.
base::Expected<base::FileMap> Allocator::unstriped(std::uint64_t size) {
    base::FileMap map{0, 0, size, 0, {}};
    if (auto grown = grow(map, size); !grown)
        return std::unexpected(grown.error());
    std::ranges::sort(map.extents, {},
                      [](const base::Extent &run) { return std::tuple(run.device, run.offset); });
    return map;
}

base::Expected<void> Allocator::check(const Striping &striping) const {
    const auto refuse = [](std::string what, std::string rule) {
        return base::fail(EINVAL, "stripe over", std::move(what), std::move(rule));
    };
    if (striping.strips > max_strips)
        return refuse(std::to_string(striping.strips) + " strips", "a file has 1 to 16");
    if (!std::has_single_bit(striping.chunk) || striping.chunk % unit_ != 0)
        return refuse("chunks of " + base::human_size(striping.chunk),
                      "a chunk is a power of two and a multiple of " + base::human_size(unit_));
    if (striping.buckets > max_buckets)
        return refuse(std::to_string(striping.buckets) + " buckets", "a device has at most 64");
    return {};
}

/// 0: too small to take part.
std::uint32_t Allocator::buckets(std::size_t device, const Striping &striping) const {
    const std::uint64_t fit = devices_[device].size() * unit_ / min_bucket;
    if (striping.buckets != 0)
        return striping.buckets <= fit ? striping.buckets : 0;
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(fit, max_buckets));
}

/// Buckets of one device in random order, so that files of few strips do not all lie in the first ones.
class BucketOrder {
public:
    BucketOrder(const Bitmap &bitmap, std::size_t device, std::uint32_t buckets, std::mt19937_64 &random)
        : bitmap_(&bitmap), device_(device), units_(bitmap.size() / buckets), order_(buckets) {
        std::iota(order_.begin(), order_.end(), 0);
        std::ranges::shuffle(order_, random);
    }
    [[nodiscard]] std::size_t device() const { return device_; }
    /// Where @units fit in the next bucket that has room for them; none of them gets a second strip.
    std::optional<std::uint64_t> take(std::uint64_t units) {
        while (next_ < order_.size()) {
            const std::uint64_t first = order_[next_++] * units_;
            if (const auto start = bitmap_->find_run(first, first + units_, units))
                return start;
        }
        return {};
    }

private:
    const Bitmap *bitmap_;
    std::size_t device_;
    std::uint64_t units_;
    std::vector<std::uint64_t> order_;
    std::size_t next_ = 0;
};

base::Expected<base::FileMap> Allocator::striped(std::uint64_t size, const Striping &striping) {
    std::vector<BucketOrder> orders;
    for (std::size_t device = 0; device < devices_.size(); device++)
        if (const std::uint32_t count = buckets(device, striping))
            orders.emplace_back(devices_[device], device, count, random_);
    const std::uint64_t strip = divide_up(size, striping.strips * striping.chunk) * striping.chunk;
    base::FileMap map{0, 0, size, striping.chunk, {}};
    for (std::uint32_t i = 0; i < striping.strips && !orders.empty(); i++) {
        BucketOrder &order = orders[i % orders.size()];
        const auto start = order.take(strip / unit_);
        if (!start)
            break;
        map.extents.push_back(extent(order.device(), *start, strip / unit_));
    }
    if (map.extents.size() < striping.strips)
        return base::fail(
            ENOSPC, "allocate", std::to_string(striping.strips) + " strips of " + base::human_size(strip),
            "found room for " + std::to_string(map.extents.size()) +
                ": each strip needs its own bucket, at least 1 GiB of a device, with a run that long");
    for (const base::Extent &extent : map.extents)
        reserve(extent);
    return map;
}

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
