// SPDX-License-Identifier: GPL-2.0-only
// Space for files: first fit, right at the device's end, striped over devices.
#include "daemon/media/write/allocator.h"
#include "tests/support/media_image.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <random>

namespace famfs::test {
namespace {

using base::Extent;
using base::FileMap;
using media::Allocator;
using media::gibibyte;
using media::mebibyte;

constexpr std::uint64_t unit = 2 * mebibyte;
constexpr std::uint64_t first = 10 * mebibyte; ///< byte after the log

media::FileSystem empty(const std::vector<std::uint64_t> &sizes) {
    TestDevices devices(sizes);
    devices.mkfs();
    return devices.parse();
}

void expect_one_extent(const base::Expected<FileMap> &map, std::uint32_t device, std::uint64_t offset,
                       std::uint64_t length) {
    ASSERT_TRUE(map) << map.error().message();
    EXPECT_EQ(map->chunk, 0U);
    ASSERT_EQ(map->extents.size(), 1U);
    EXPECT_EQ(map->extents[0].device, device);
    EXPECT_EQ(map->extents[0].offset, offset);
    EXPECT_EQ(map->extents[0].length, length);
}

TEST(MediaAllocator, FirstFitInWholeUnits) {
    const media::FileSystem fs = empty({4 * gibibyte});
    Allocator allocator(fs);
    expect_one_extent(allocator.allocate(1), 0, first, unit);
    expect_one_extent(allocator.allocate(unit), 0, first + unit, unit);
    expect_one_extent(allocator.allocate(unit + 1), 0, first + 2 * unit, 2 * unit);
    expect_one_extent(allocator.allocate(gibibyte), 0, first + 4 * unit, gibibyte);
}

TEST(MediaAllocator, SizesThatAreNone) {
    const media::FileSystem fs = empty({4 * gibibyte});
    Allocator allocator(fs);
    EXPECT_EQ(allocator.allocate(0).error().code, EINVAL);
    EXPECT_EQ(allocator.allocate(1ULL << 63).error().code, EINVAL);
    EXPECT_EQ(allocator.allocate((1ULL << 63) - 1).error().code, ENOSPC);
    expect_one_extent(allocator.allocate(1), 0, first, unit);
}

/// The writer that the format comes from placed 8 MiB where 6 were left, 2 MiB beyond the device's end.
TEST(MediaAllocator, TheDevicesEnd) {
    const media::FileSystem fs = empty({4 * gibibyte});
    Allocator allocator(fs);
    const std::uint64_t left = 6 * mebibyte;
    expect_one_extent(allocator.allocate(4 * gibibyte - first - left), 0, first, 4 * gibibyte - first - left);
    const auto refused = allocator.allocate(8 * mebibyte);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ENOSPC);
    EXPECT_EQ(refused.error().hint, "only 6 MiB are free");
    expect_one_extent(allocator.allocate(left), 0, 4 * gibibyte - left, left);
    EXPECT_EQ(allocator.allocate(1).error().code, ENOSPC);
}

TEST(MediaAllocator, AnEndThatIsNoWholeUnit) {
    const media::FileSystem fs = empty({4 * gibibyte + unit - 4096});
    Allocator allocator(fs);
    EXPECT_EQ(allocator.allocate(4 * gibibyte - first + 1).error().code, ENOSPC);
    expect_one_extent(allocator.allocate(4 * gibibyte - first), 0, first, 4 * gibibyte - first);
}

TEST(MediaAllocator, NextDeviceWhenTheFirstHasNoRun) {
    const media::FileSystem fs = empty({4 * gibibyte, 4 * gibibyte});
    Allocator allocator(fs);
    expect_one_extent(allocator.allocate(4 * gibibyte - first - 6 * mebibyte), 0, first,
                      4 * gibibyte - first - 6 * mebibyte);
    expect_one_extent(allocator.allocate(8 * mebibyte), 1, unit, 8 * mebibyte);
    expect_one_extent(allocator.allocate(6 * mebibyte), 0, 4 * gibibyte - 6 * mebibyte, 6 * mebibyte);
}

TEST(MediaAllocator, RespectsWhatTheLogHas) {
    const media::FileSystem fs = media::FileSystem::parse(sample(), sample_sizes()).value();
    Allocator allocator(fs);
    std::map<std::uint32_t, std::vector<Extent>> used;
    for (const media::Node &node : fs.nodes())
        for (const Extent &extent : node.map.extents)
            used[extent.device].push_back(extent);
    while (const auto map = allocator.allocate(unit))
        used[map->extents.at(0).device].push_back(map->extents[0]);
    for (auto &[device, extents] : used) {
        std::ranges::sort(extents, {}, &Extent::offset);
        std::uint64_t end = device == 0 ? 0 : unit;
        for (const Extent &extent : extents) {
            ASSERT_EQ(extent.offset, end) << "device " << device << ": bytes given twice, or never";
            end = extent.offset + extent.length;
        }
        EXPECT_EQ(end, sample_device_size);
    }
}

/// Holes of one unit each: a file of many units takes the longest ones, at most 16.
TEST(MediaAllocator, ScatteredOverSixteenRuns) {
    TestDevices devices;
    devices.mkfs();
    {
        const media::FileSystem fs = devices.parse();
        auto log = sound(media::LogWriter::open(devices.primary(), fs, *devices.write_back));
        for (std::uint64_t i = 0; i < 20; i++) // a hole after each but the last, which takes the rest
            sound(log.append(media::make_file_entry(
                "file" + std::to_string(i),
                {0, 0, 1, 0, {{0, first + 2 * i * unit, i < 19 ? unit : 4 * gibibyte - first - 38 * unit}}},
                {})));
    }
    const media::FileSystem fs = devices.parse();
    ASSERT_TRUE(fs.problems().empty()) << fs.problems().front().message;
    Allocator allocator(fs);
    const auto scattered = allocator.allocate(17 * unit);
    ASSERT_FALSE(scattered);
    EXPECT_EQ(scattered.error().code, ENOSPC);
    EXPECT_EQ(scattered.error().hint, "the free space is in too many pieces: a file has at most 16");
    const auto fits = allocator.allocate(15 * unit + 1);
    ASSERT_TRUE(fits) << fits.error().message();
    ASSERT_EQ(fits->extents.size(), 16U);
    for (std::size_t i = 0; i < 16; i++) {
        EXPECT_EQ(fits->extents[i].offset, first + (2 * i + 1) * unit);
        EXPECT_EQ(fits->extents[i].length, unit);
    }
    EXPECT_EQ(allocator.allocate(4 * unit).error().hint, "only 6 MiB are free");
    EXPECT_EQ(sound(allocator.allocate(3 * unit)).extents.size(), 3U);
}

TEST(MediaAllocator, StripesOverBucketsAndDevices) {
    const media::FileSystem fs = empty({4 * gibibyte, 8 * gibibyte});
    for (const std::uint64_t seed : {1, 2, 3, 4, 5, 6, 7, 8}) {
        Allocator allocator(fs, seed);
        const auto map = allocator.allocate(33 * mebibyte, {.strips = 6, .chunk = unit});
        ASSERT_TRUE(map) << map.error().message();
        EXPECT_EQ(map->chunk, unit);
        EXPECT_EQ(map->size, 33 * mebibyte);
        ASSERT_EQ(map->extents.size(), 6U);
        std::map<std::pair<std::uint32_t, std::uint64_t>, int> strips_in_bucket;
        for (std::size_t i = 0; i < 6; i++) {
            const Extent &strip = map->extents[i];
            EXPECT_EQ(strip.device, i % 2) << "dealt over the devices in turn";
            EXPECT_EQ(strip.length, 3 * unit) << "ceil(33 MiB / (6 * 2 MiB)) chunks";
            EXPECT_EQ(strip.offset / gibibyte, (strip.offset + strip.length - 1) / gibibyte);
            strips_in_bucket[{strip.device, strip.offset / gibibyte}]++;
        }
        EXPECT_EQ(strips_in_bucket.size(), 6U) << "two strips in one bucket";
    }
}

TEST(MediaAllocator, SmallFilesAreNotStriped) {
    const media::FileSystem fs = empty({4 * gibibyte});
    Allocator allocator(fs);
    expect_one_extent(allocator.allocate(unit - 1, {.strips = 4, .chunk = unit}), 0, first, unit);
    EXPECT_EQ(sound(allocator.allocate(unit, {.strips = 4, .chunk = unit})).extents.size(), 4U);
}

TEST(MediaAllocator, StripesThatCannotBe) {
    const media::FileSystem fs = empty({4 * gibibyte});
    const auto error_of = [&fs](const media::Striping &striping, std::uint64_t size = gibibyte / 2) {
        const auto map = Allocator(fs).allocate(size, striping);
        return map ? 0 : map.error().code;
    };
    EXPECT_EQ(error_of({.strips = 4, .chunk = unit, .buckets = 4}), 0);
    EXPECT_EQ(error_of({.strips = 17, .chunk = unit}), EINVAL);
    EXPECT_EQ(error_of({.strips = 4, .chunk = 0}), EINVAL);
    EXPECT_EQ(error_of({.strips = 4, .chunk = 3 * mebibyte}), EINVAL);
    EXPECT_EQ(error_of({.strips = 4, .chunk = 6 * mebibyte}), EINVAL);
    EXPECT_EQ(error_of({.strips = 4, .chunk = mebibyte}), EINVAL);
    EXPECT_EQ(error_of({.strips = 4, .chunk = unit, .buckets = 65}), EINVAL);
    EXPECT_EQ(error_of({.strips = 5, .chunk = unit}), ENOSPC) << "4 GiB are four buckets";
    EXPECT_EQ(error_of({.strips = 2, .chunk = unit, .buckets = 8}), ENOSPC) << "buckets below 1 GiB";
    EXPECT_EQ(error_of({.strips = 4, .chunk = unit}, 4 * gibibyte), ENOSPC);
}

TEST(MediaAllocator, AnAllocationThatFailsReservesNothing) {
    const media::FileSystem fs = empty({4 * gibibyte});
    Allocator allocator(fs);
    ASSERT_FALSE(allocator.allocate(4 * gibibyte, {.strips = 4, .chunk = unit}));
    ASSERT_FALSE(allocator.allocate(5 * gibibyte));
    expect_one_extent(allocator.allocate(4 * gibibyte - first), 0, first, 4 * gibibyte - first);
}

/// Nobody can put bytes there.
TEST(MediaAllocator, NothingOnADeviceThatIsNotAtHand) {
    TestDevices devices({4 * gibibyte, 4 * gibibyte});
    devices.mkfs();
    const std::uint64_t primary = 4 * gibibyte;
    const media::FileSystem fs = media::FileSystem::parse(devices.primary(), std::span(&primary, 1)).value();
    Allocator allocator(fs);
    for (const Extent &strip : sound(allocator.allocate(gibibyte, {.strips = 3, .chunk = unit})).extents)
        EXPECT_EQ(strip.device, 0U);
    while (const auto map = allocator.allocate(16 * mebibyte))
        for (const Extent &extent : map->extents)
            ASSERT_EQ(extent.device, 0U);
}

TEST(MediaBitmap, LikeAVectorOfBools) {
    std::mt19937_64 random(3);
    for (const std::uint64_t bits : {0, 1, 63, 64, 65, 500}) {
        media::Bitmap bitmap(bits);
        std::vector<bool> model(bits);
        for (int step = 0; step < 200; step++) {
            const std::uint64_t from = random() % (bits + 2);
            const std::uint64_t count = random() % 9 == 0 ? ~0ULL - from / 2 : random() % 20;
            if (step % 8 == 0) {
                const bool value = random() % 3 != 0;
                value ? bitmap.set(from, count) : bitmap.clear(from, count);
                for (std::uint64_t bit = from; bit < bits && bit - from < count; bit++)
                    model[bit] = value;
                ASSERT_EQ(bitmap.count_clear(), std::ranges::count(model, false));
            }
            const std::uint64_t to = std::min(bits, from + random() % 200);
            std::uint64_t clear = from;
            while (clear < to && model[clear])
                clear++;
            std::uint64_t set = from;
            while (set < to && !model[set])
                set++;
            ASSERT_EQ(bitmap.next_clear(from, to), from < to ? clear : to);
            ASSERT_EQ(bitmap.next_set(from, to), from < to ? set : to);
            const std::uint64_t wanted = 1 + random() % 5;
            std::optional<std::uint64_t> run;
            for (std::uint64_t start = from; !run && start + wanted <= to; start++)
                if (std::none_of(model.begin() + static_cast<std::ptrdiff_t>(start),
                                 model.begin() + static_cast<std::ptrdiff_t>(start + wanted),
                                 std::identity{}))
                    run = start;
            ASSERT_EQ(bitmap.find_run(from, to, wanted), run);
        }
    }
}

} // namespace
} // namespace famfs::test
