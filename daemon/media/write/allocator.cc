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

bool many_left(const base::FileMap &map) {
    return max_extents - map.extents.size() > few_extents;
}

/// What a file gets ahead of its first bytes where the unit is smaller; and how much longer it gets with each
/// step from there to 2 MiB. So a file with neighbours on all sides has spent at most three extents by then.
constexpr std::uint64_t first_step = 65536;
constexpr std::uint64_t early_factor = 8;

} // namespace

Allocator::Allocator(const FileSystem &checked, std::uint64_t seed)
    : unit_(checked.superblock().alloc_unit), per_block_(huge_page / unit_), random_(seed) {
    for (std::size_t device = 0; device < checked.devices().size(); device++) {
        const DeviceEntry &entry = checked.devices()[device];
        devices_.emplace_back(entry.at_hand ? entry.usable / unit_ : 0, per_block_);
        devices_.back().take(0, data_start(device, checked.superblock().log_length) / unit_);
    }
    for (const Node &node : checked.nodes())
        for (const base::Extent &extent : node.map.extents)
            devices_[extent.device].take(extent.offset / unit_, extent.length / unit_);
    for (const FreeUnits &device : devices_)
        free_units_ += device.count();
}

base::Extent Allocator::extent(std::size_t device, std::uint64_t unit, std::uint64_t units) const {
    return {static_cast<std::uint32_t>(device), unit * unit_, units * unit_};
}

void Allocator::reserve(const base::Extent &extent) {
    devices_[extent.device].take(extent.offset / unit_, extent.length / unit_);
    free_units_ -= extent.length / unit_;
}

void Allocator::give_back(const base::Extent &extent) {
    devices_[extent.device].give_back(extent.offset / unit_, extent.length / unit_);
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

/// The order of a file's bytes is free until they are written, so extents go up the devices; but first those
/// that keep what follows them aligned.
base::Expected<base::FileMap> Allocator::unstriped(std::uint64_t size) {
    base::FileMap map{0, 0, size, 0, {}};
    if (auto extended = extend(map, size, Step::exact); !extended)
        return std::unexpected(extended.error());
    std::ranges::sort(map.extents, {}, [](const base::Extent &run) {
        return std::tuple(run.offset % huge_page != 0, run.length % huge_page != 0, run.device, run.offset);
    });
    trim(map, size);
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
    BucketOrder(const FreeUnits &free, std::size_t device, std::uint32_t buckets, std::mt19937_64 &random)
        : free_(&free), device_(device), units_(free.size() / buckets), order_(buckets) {
        std::iota(order_.begin(), order_.end(), 0);
        std::ranges::shuffle(order_, random);
    }
    [[nodiscard]] std::size_t device() const { return device_; }
    /// Where @units fit in the next bucket that has room for them; none of them gets a second strip.
    /// @aligned: to 2 MiB, where the bucket has such a place.
    std::optional<std::uint64_t> take(std::uint64_t units, bool aligned) {
        while (next_ < order_.size()) {
            const std::uint64_t first = order_[next_++] * units_;
            if (aligned)
                if (const auto start = free_->find_in_blocks(first, first + units_, units, 0))
                    return start;
            if (const auto start = free_->find(first, first + units_, units))
                return start;
        }
        return {};
    }

private:
    const FreeUnits *free_;
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
    const bool huge_chunks = striping.chunk % huge_page == 0; // no other can be mapped by a 2 MiB page
    base::FileMap map{0, 0, size, striping.chunk, {}};
    for (std::uint32_t i = 0; i < striping.strips && !orders.empty(); i++) {
        BucketOrder &order = orders[i % orders.size()];
        const auto start = order.take(strip / unit_, huge_chunks);
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

// -- growth --

std::uint64_t capacity_of(const base::FileMap &map) {
    return std::accumulate(map.extents.begin(), map.extents.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const base::Extent &extent) { return sum + extent.length; });
}

base::Expected<void> Allocator::grow(base::FileMap &map, std::uint64_t capacity) {
    if (map.chunk != 0)
        return base::fail(EINVAL, "allocate", base::human_size(capacity), "a striped file cannot grow");
    return extend(map, capacity, Step::ahead);
}

/// Aligned places can be shorter, so a file that runs out of extents there may still fit elsewhere.
base::Expected<void> Allocator::extend(base::FileMap &map, std::uint64_t capacity, Step step) {
    const std::uint64_t wanted = divide_up(capacity, unit_);
    const std::uint64_t held = capacity_of(map) / unit_;
    if (wanted <= held)
        return {};
    const auto refuse = [capacity](std::string why) {
        return base::fail(ENOSPC, "allocate", base::human_size(capacity), std::move(why));
    };
    if (wanted - held > free_units_)
        return refuse("only " + base::human_size(free_bytes()) + " are free");
    for (const Fit fit : {Fit::aligned_first, Fit::any}) {
        base::FileMap extended = map;
        if (extend(extended, wanted, step, fit)) {
            map = std::move(extended);
            return {};
        }
        trim(extended, capacity_of(map));
    }
    return refuse("the free space is in too many pieces: a file has at most 16");
}

/// There are enough free units. False: they are in too many pieces; @map has some of them.
bool Allocator::extend(base::FileMap &map, std::uint64_t wanted, Step step, Fit fit) {
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

/// By what is free right after it, at most @units. Free blocks that would not be mapped by 2 MiB pages then
/// are left to another run: where position and address do not agree, and where a neighbour is in the last
/// one.
void Allocator::extend_last(base::FileMap &map, std::uint64_t units, Fit fit) {
    if (map.extents.empty())
        return;
    base::Extent &last = map.extents.back();
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
base::Extent Allocator::next_run(const base::FileMap &map, std::uint64_t units, Fit fit) const {
    if (fit == Fit::aligned_first)
        if (const auto aligned = aligned_run(map, units))
            return *aligned;
    return any_run(map, units);
}

/// Holes for what stays below 2 MiB with it; whole blocks, but for what the last one has too much, for the
/// rest. Nothing if there is neither, or if few extents are left and the blocks do not hold all of it.
std::optional<base::Extent> Allocator::aligned_run(const base::FileMap &map, std::uint64_t units) const {
    const std::uint64_t held = capacity_of(map) / unit_;
    const std::uint64_t phase = held % per_block_;
    const bool small = held + units < per_block_;
    for (std::size_t device = 0; device < devices_.size() && many_left(map) && small; device++)
        if (const auto start = devices_[device].find_in_hole(units))
            return extent(device, *start, units);
    for (std::size_t device = 0; device < devices_.size() && many_left(map); device++)
        if (const auto start = devices_[device].find_in_blocks(0, devices_[device].size(), units, phase))
            return extent(device, *start, units);
    std::optional<base::Extent> longest;
    for (std::size_t device = 0; device < devices_.size(); device++)
        if (const FreeUnits::Run run = devices_[device].longest_of_blocks();
            run.count > phase && (!longest || (run.count - phase) * unit_ > longest->length))
            longest = extent(device, run.first + phase, run.count - phase);
    if (!longest || (longest->length < units * unit_ && !many_left(map)))
        return {};
    longest->length = std::min(longest->length, units * unit_);
    return longest;
}

base::Extent Allocator::any_run(const base::FileMap &map, std::uint64_t units) const {
    for (std::size_t device = 0; device < devices_.size() && many_left(map); device++)
        if (const auto start = devices_[device].find(0, devices_[device].size(), units))
            return extent(device, *start, units);
    base::Extent longest;
    for (std::size_t device = 0; device < devices_.size(); device++)
        if (const FreeUnits::Run run = devices_[device].longest(); run.count * unit_ > longest.length)
            longest = extent(device, run.first, run.count);
    longest.length = std::min(longest.length, units * unit_);
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
