// SPDX-License-Identifier: GPL-2.0-only
// Random sequences of begin, grow, trim, commit and abandon, beside a plain model: who has each unit.
#include "tests/support/write_session.h"

#include <algorithm>
#include <array>
#include <gtest/gtest.h>
#include <map>
#include <random>
#include <tuple>

namespace famfs::test {
namespace {

using base::Extent;
using media::FileSystem;
using media::gibibyte;
using media::mebibyte;
using media::NewFile;

struct Grain {
    std::uint64_t unit;
    std::array<std::uint64_t, 2> free; ///< units of each device that the model has to do with
    std::uint64_t large;               ///< units: what one step asks for at most, once in a while
};
constexpr Grain two_mib{2 * mebibyte, {120, 80}, 250};
constexpr Grain four_kib{4096, {3000, 2000}, 6000};

/// A session beside a plain model of it: who has each unit of each device.
class MediaGrowthModel : public testing::TestWithParam<std::tuple<Grain, unsigned int>> {
protected:
    MediaGrowthModel()
        : session_({4 * gibibyte, 2 * mebibyte + grain_.free[1] * unit_}, unit_),
          random_(std::get<1>(GetParam())) {
        session_.leave(grain_.free[0] + grain_.free[1]);
    }

    std::uint64_t draw(std::uint64_t below) { return random_() % below; }

    struct Open {
        NewFile file;
        std::uint64_t asked = 0;
    };

    /// Asserts that no unit has two owners, and returns the free ones of each device as runs in units.
    std::vector<std::pair<Extent, std::uint64_t>> free_runs() {
        const std::array<std::uint64_t, 2> firsts = {4 * gibibyte / unit_ - grain_.free[0],
                                                     2 * mebibyte / unit_};
        std::array<std::vector<bool>, 2> taken = {std::vector<bool>(grain_.free[0]),
                                                  std::vector<bool>(grain_.free[1])};
        const auto take = [&](const NewFile &file) {
            for (const Extent &extent : file.map.extents)
                for (std::uint64_t at = extent.offset; at < extent.offset + extent.length; at += unit_) {
                    ASSERT_GE(at / unit_, firsts.at(extent.device)) << "not a free one";
                    const std::uint64_t i = at / unit_ - firsts[extent.device];
                    ASSERT_LT(i, grain_.free[extent.device]) << "past the device";
                    ASSERT_FALSE(taken[extent.device][i]) << "a unit with two owners";
                    taken[extent.device][i] = true;
                }
        };
        for (const auto &[name, open] : open_)
            take(open.file);
        for (const NewFile &file : committed_)
            take(file);
        std::vector<std::pair<Extent, std::uint64_t>> runs;
        for (std::uint32_t device = 0; device < 2; device++)
            for (std::uint64_t at = 0, start = 0; at <= grain_.free[device]; at++)
                if (at == grain_.free[device] || taken[device][at]) {
                    if (at > start)
                        runs.push_back(
                            {{device, (firsts[device] + start) * unit_, (at - start) * unit_}, at - start});
                    start = at + 1;
                }
        return runs;
    }

    /// The most units that @file can have: what lies after its last extent, then the longest runs.
    std::uint64_t reachable(const NewFile &file) {
        std::vector<std::uint64_t> lengths;
        std::uint64_t units = media::capacity_of(file.map) / unit_;
        for (const auto &[run, length] : free_runs()) {
            const bool beyond = !file.map.extents.empty() && file.map.extents.back().device == run.device &&
                                file.map.extents.back().offset + file.map.extents.back().length == run.offset;
            beyond ? void(units += length) : lengths.push_back(length);
        }
        std::ranges::sort(lengths, std::greater());
        for (std::size_t i = 0; i < lengths.size() && i + file.map.extents.size() < 16; i++)
            units += lengths[i];
        return units;
    }

    void grow(Open &open) {
        const std::uint64_t most = reachable(open.file);
        const std::uint64_t held = media::capacity_of(open.file.map);
        const std::uint64_t asked = 1 + draw(draw(4) == 0 ? grain_.large * unit_ : held + 4 * unit_);
        const Places before = places(open.file.map);
        const auto grown = session_.author->grow(open.file, asked);
        Places after = places(open.file.map);
        ASSERT_EQ(grown.has_value(), std::max(held, most * unit_) >= asked)
            << asked << " of " << most * unit_;
        if (!grown) {
            ASSERT_EQ(grown.error().code, ENOSPC);
            ASSERT_EQ(after, before);
            return;
        }
        open.asked = std::max(open.asked, asked);
        ASSERT_GE(media::capacity_of(open.file.map), asked);
        ASSERT_LE(after.size(), 16U);
        ASSERT_GE(after.size(), before.size());
        after.resize(before.size());
        if (!before.empty()) {
            ASSERT_GE(std::get<2>(after.back()), std::get<2>(before.back()));
            std::get<2>(after.back()) = std::get<2>(before.back());
        }
        ASSERT_EQ(after, before) << "an extent moved";
    }

    void trim(Open &open) {
        open.asked = draw(media::capacity_of(open.file.map) + 1);
        open.file.map.size = open.asked;
        session_.author->trim(open.file);
        ASSERT_EQ(media::capacity_of(open.file.map), (open.asked + unit_ - 1) / unit_ * unit_);
    }

    /// Half of them are trimmed, as if the others were still read.
    void commit(Open &open) {
        open.file.map.size = 1 + draw(media::capacity_of(open.file.map));
        sound(session_.author->commit(open.file));
        sizes_[open.file.path] = open.file.map.size;
        if (draw(2) == 0)
            session_.author->trim(open.file);
        committed_.push_back(open.file);
    }

    void step() {
        if (open_.size() < 12 && draw(5) == 0) {
            const std::string name = std::to_string(names_++);
            open_[name] = {session_.begin(name), 0};
            return;
        }
        if (open_.empty())
            return;
        const auto chosen = std::next(open_.begin(), static_cast<std::ptrdiff_t>(draw(open_.size())));
        const std::uint64_t what = draw(20);
        if (what < 14)
            return grow(chosen->second);
        if (what < 17)
            return trim(chosen->second);
        if (what < 19 || chosen->second.file.map.extents.empty())
            session_.abandon(chosen->second.file);
        else
            commit(chosen->second);
        open_.erase(chosen);
    }

    Grain grain_ = std::get<0>(GetParam());
    std::uint64_t unit_ = grain_.unit;
    Session session_;
    std::mt19937_64 random_;
    std::map<std::string, Open> open_;
    std::vector<NewFile> committed_;
    std::map<std::string, std::uint64_t> sizes_;
    int names_ = 0;
};

TEST_P(MediaGrowthModel, AnySequence) {
    const std::uint64_t slots = session_.author->free_slots();
    for (int i = 0; i < 300; i++) {
        ASSERT_NO_FATAL_FAILURE(step());
        std::uint64_t free = 0;
        for (const auto &[run, units] : free_runs())
            free += units;
        ASSERT_FALSE(HasFatalFailure());
        ASSERT_EQ(session_.author->free_bytes(), free * unit_);
        ASSERT_EQ(session_.author->free_slots(), slots - open_.size() - committed_.size());
    }
    const FileSystem fs = session_.devices.parse();
    for (const media::Problem &problem : fs.problems())
        ADD_FAILURE() << problem.message;
    for (const auto &[name, size] : sizes_) {
        const media::Node *node = fs.find_path(name);
        ASSERT_NE(node, nullptr);
        EXPECT_EQ(node->map.size, size);
        EXPECT_EQ(media::capacity_of(node->map), (size + unit_ - 1) / unit_ * unit_);
    }
    EXPECT_EQ(fs.usage().files, committed_.size());
}

INSTANTIATE_TEST_SUITE_P(TwoMiB, MediaGrowthModel,
                         testing::Combine(testing::Values(two_mib), testing::Range(0U, 40U)));
INSTANTIATE_TEST_SUITE_P(FourKiB, MediaGrowthModel,
                         testing::Combine(testing::Values(four_kib), testing::Range(0U, 40U)));

} // namespace
} // namespace famfs::test
