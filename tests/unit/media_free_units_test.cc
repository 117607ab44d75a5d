// SPDX-License-Identifier: GPL-2.0-only
// Free units of a device, beside a plain model: a bool for each.
#include "daemon/media/write/free_units.h"

#include <algorithm>
#include <functional>
#include <gtest/gtest.h>
#include <random>

namespace famfs::test {
namespace {

using media::FreeUnits;

/// As the header says it, unit by unit.
struct Model {
    std::vector<bool> taken;
    std::uint64_t per_block;

    [[nodiscard]] bool free(std::uint64_t first, std::uint64_t count) const {
        return first + count <= taken.size() &&
               std::none_of(taken.begin() + static_cast<std::ptrdiff_t>(first),
                            taken.begin() + static_cast<std::ptrdiff_t>(first + count), std::identity{});
    }
    [[nodiscard]] bool whole(std::uint64_t block) const { return free(block * per_block, per_block); }
    [[nodiscard]] std::optional<std::uint64_t> find_in_hole(std::uint64_t count) const {
        for (std::uint64_t at = 0; at < taken.size(); at++)
            if (free(at, count) && !whole(at / per_block) && at % per_block + count <= per_block)
                return at;
        return {};
    }
    [[nodiscard]] std::optional<std::uint64_t>
    find_in_blocks(std::uint64_t from, std::uint64_t to, std::uint64_t count, std::uint64_t phase) const {
        for (std::uint64_t at = phase; at + count <= std::min<std::uint64_t>(to, taken.size());
             at += per_block)
            if (at >= from + phase && at - phase + per_block <= to && whole(at / per_block) &&
                free(at, count))
                return at;
        return {};
    }
    [[nodiscard]] std::uint64_t longest_of_blocks() const {
        std::uint64_t longest = 0;
        std::uint64_t run = 0;
        for (std::uint64_t block = 0; block < taken.size() / per_block; block++) {
            run = whole(block) ? run + per_block : 0;
            longest = std::max(longest, run);
        }
        return longest;
    }
};

class MediaFreeUnits : public testing::TestWithParam<std::uint64_t> {};

TEST_P(MediaFreeUnits, LikeAVectorOfBools) {
    std::mt19937_64 random(7);
    for (const std::uint64_t units : {0, 5, 64, 640, 1003})
        for (int round = 0; round < 4; round++) {
            FreeUnits free(units, GetParam());
            Model model{std::vector<bool>(units), GetParam()};
            for (int step = 0; step < 150; step++) {
                const std::uint64_t at = units == 0 ? 0 : random() % units;
                const std::uint64_t count = std::min(units - at, random() % (random() % 4 == 0 ? 80 : 12));
                const bool take = random() % 5 < 3;
                take ? free.take(at, count) : free.give_back(at, count);
                std::fill_n(model.taken.begin() + static_cast<std::ptrdiff_t>(at), count, take);
                ASSERT_EQ(free.count(), std::ranges::count(model.taken, false));
                const std::uint64_t wanted = 1 + random() % 40;
                ASSERT_EQ(free.find_in_hole(wanted), model.find_in_hole(wanted));
                const std::uint64_t phase = random() % GetParam();
                ASSERT_EQ(free.find_in_blocks(0, units, wanted, phase),
                          model.find_in_blocks(0, units, wanted, phase));
                ASSERT_EQ(free.find_in_blocks(at, at + 100, wanted, 0),
                          model.find_in_blocks(at, at + 100, wanted, 0));
                const FreeUnits::Run longest = free.longest_of_blocks();
                ASSERT_EQ(longest.count, model.longest_of_blocks());
                ASSERT_EQ(longest.first % GetParam(), 0U);
                ASSERT_TRUE(model.free(longest.first, longest.count));
            }
        }
}

INSTANTIATE_TEST_SUITE_P(UnitsInABlock, MediaFreeUnits, testing::Values(1, 8, 64, 512));

/// The tail of a run need not be a whole block.
TEST(MediaFreeUnitsPlaces, ATailFitsWhereABlockIsTakenFurtherOn) {
    FreeUnits free(10 * 8, 8);
    free.take(0, 8);
    free.take(2 * 8 + 3, 1);
    EXPECT_EQ(free.find_in_blocks(0, 80, 11, 0), 8U);
    EXPECT_EQ(free.find_in_blocks(0, 80, 12, 0), 24U);
    EXPECT_EQ(free.find_in_blocks(0, 80, 4, 6), 14U) << "2 units of the block, and 2 of the next";
    EXPECT_EQ(free.find_in_blocks(0, 80, 6, 6), 30U);
    EXPECT_EQ(free.find_in_hole(3), 16U);
    EXPECT_EQ(free.find_in_hole(4), 20U);
    EXPECT_FALSE(free.find_in_hole(5));
}

} // namespace
} // namespace famfs::test
