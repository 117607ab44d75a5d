// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/media/allocator.h"

#include "daemon/media/text.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <tuple>

namespace famfs::media {

namespace {

constexpr std::uint64_t min_bucket = gibibyte;
constexpr std::uint32_t max_buckets = 64;

} // namespace

Allocator::Allocator(const FileSystem &checked, std::uint64_t seed)
    : unit_(checked.superblock().alloc_unit), per_block_(huge_page / unit_), random_(seed) {
    for (std::size_t device = 0; device < checked.devices().size(); device++) {
        const DeviceEntry &entry = checked.devices()[device];
        devices_.emplace_back(entry.at_hand ? entry.usable / unit_ : 0, per_block_);
        devices_.back().take(0, data_start(device, checked.superblock().log_length) / unit_);
    }
    for (const Node &node : checked.nodes())
        for (const loader::Extent &extent : node.map.extents)
            devices_[extent.device].take(extent.offset / unit_, extent.length / unit_);
    for (const FreeUnits &device : devices_)
        free_units_ += device.count();
}

loader::Extent Allocator::extent(std::size_t device, std::uint64_t unit, std::uint64_t units) const {
    return {static_cast<std::uint32_t>(device), unit * unit_, units * unit_};
}

void Allocator::reserve(const loader::Extent &extent) {
    devices_[extent.device].take(extent.offset / unit_, extent.length / unit_);
    free_units_ -= extent.length / unit_;
}

void Allocator::give_back(const loader::Extent &extent) {
    devices_[extent.device].give_back(extent.offset / unit_, extent.length / unit_);
    free_units_ += extent.length / unit_;
}

base::Expected<loader::FileMap> Allocator::allocate(std::uint64_t size, const Striping &striping) {
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
base::Expected<loader::FileMap> Allocator::unstriped(std::uint64_t size) {
    loader::FileMap map{0, 0, size, 0, {}};
    if (auto extended = extend(map, size, Step::exact); !extended)
        return std::unexpected(extended.error());
    std::ranges::sort(map.extents, {}, [](const loader::Extent &run) {
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
        return refuse("chunks of " + human_size(striping.chunk),
                      "a chunk is a power of two and a multiple of " + human_size(unit_));
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

base::Expected<loader::FileMap> Allocator::striped(std::uint64_t size, const Striping &striping) {
    std::vector<BucketOrder> orders;
    for (std::size_t device = 0; device < devices_.size(); device++)
        if (const std::uint32_t count = buckets(device, striping))
            orders.emplace_back(devices_[device], device, count, random_);
    const std::uint64_t strip = divide_up(size, striping.strips * striping.chunk) * striping.chunk;
    const bool huge_chunks = striping.chunk % huge_page == 0; // no other can be mapped by a 2 MiB page
    loader::FileMap map{0, 0, size, striping.chunk, {}};
    for (std::uint32_t i = 0; i < striping.strips && !orders.empty(); i++) {
        BucketOrder &order = orders[i % orders.size()];
        const auto start = order.take(strip / unit_, huge_chunks);
        if (!start)
            break;
        map.extents.push_back(extent(order.device(), *start, strip / unit_));
    }
    if (map.extents.size() < striping.strips)
        return base::fail(
            ENOSPC, "allocate", std::to_string(striping.strips) + " strips of " + human_size(strip),
            "found room for " + std::to_string(map.extents.size()) +
                ": each strip needs its own bucket, at least 1 GiB of a device, with a run that long");
    for (const loader::Extent &extent : map.extents)
        reserve(extent);
    return map;
}

} // namespace famfs::media
