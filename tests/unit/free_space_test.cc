// SPDX-License-Identifier: GPL-2.0-only
// loader/free_space.h against a model: a flag for each byte.
#include "loader/free_space.h"

#include "tests/support/layouts.h"

#include <algorithm>

namespace famfs::test {
namespace {

using loader::FreeSpace;

/// The space [0, size) as flags.
struct Model {
    static constexpr std::uint64_t size = 2000;
    std::vector<bool> is_free = std::vector<bool>(size);

    void mark(std::uint64_t offset, std::uint64_t length, bool free) {
        for (std::uint64_t at = offset; at < offset + length; ++at) {
            ASSERT_NE(is_free[at], free) << "byte " << at;
            is_free[at] = free;
        }
    }
    [[nodiscard]] std::uint64_t longest() const {
        std::uint64_t best = 0;
        std::uint64_t run = 0;
        for (const bool free : is_free) {
            run = free ? run + 1 : 0;
            best = std::max(best, run);
        }
        return best;
    }
};

TEST(FreeSpace, GivesAndTakesLikeTheModel) {
    Random random(71);
    FreeSpace space;
    Model model;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> used;
    for (std::uint64_t at = 0; at < Model::size; at += 10)
        used.emplace_back(at, 10);
    for (int i = 0; i < 20000; ++i) {
        if (!used.empty() && draw(random, 0, 1) == 0) {
            std::swap(used[draw(random, 0, used.size() - 1)], used.back());
            const auto [offset, length] = used.back();
            used.pop_back();
            space.give(offset, length);
            ASSERT_NO_FATAL_FAILURE(model.mark(offset, length, true));
        } else {
            const std::uint64_t wanted = draw(random, 1, 60);
            const auto taken = space.take(wanted);
            ASSERT_EQ(taken.has_value(), wanted <= model.longest()) << "neighbours must have become one";
            if (taken) {
                ASSERT_NO_FATAL_FAILURE(model.mark(*taken, wanted, false));
                used.emplace_back(*taken, wanted);
            }
        }
        ASSERT_EQ(space.bytes(), static_cast<std::uint64_t>(std::ranges::count(model.is_free, true)));
    }
}

TEST(FreeSpace, TakesTheSmallestThatFits) {
    FreeSpace space;
    space.give(100, 50);
    space.give(200, 20);
    space.give(300, 30);
    EXPECT_EQ(space.take(20), 200U);
    EXPECT_EQ(space.take(20), 300U);
    EXPECT_EQ(space.take_at(320), 0U + 10);
    EXPECT_EQ(space.take_at(90), 0U);
    EXPECT_EQ(space.take_at(100), 50U);
    EXPECT_FALSE(space.take(1));
}

} // namespace
} // namespace famfs::test
