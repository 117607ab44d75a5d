// SPDX-License-Identifier: GPL-2.0-only
// Files that get their space while they are written: begin, grow, trim, commit, abandon.
#include "daemon/media/author.h"
#include "tests/support/media_image.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <random>

namespace famfs::test {
namespace {

using loader::Extent;
using media::Author;
using media::FileSystem;
using media::gibibyte;
using media::mebibyte;
using media::NewFile;

constexpr std::uint64_t unit = 2 * mebibyte;
constexpr std::uint64_t first = 10 * mebibyte; ///< byte behind the log

struct Session {
    explicit Session(const std::vector<std::uint64_t> &sizes = {4 * gibibyte}) : devices(sizes) {
        devices.mkfs();
        checked = devices.parse();
        author = sound(Author::open(devices.primary(), *checked, *devices.write_back));
    }
    NewFile begin(const std::string &path) { return sound(author->begin(path, {1, 2, 0640})); }
    /// Leaves @units free at the end of the first device.
    void leave(std::uint64_t units) {
        sound(author->prepare("filler", 4 * gibibyte - first - units * unit, {}, {}));
    }
    int grow(NewFile &file, std::uint64_t capacity) {
        const auto grown = author->grow(file, capacity);
        return grown ? 0 : grown.error().code;
    }

    TestDevices devices;
    std::optional<FileSystem> checked;
    std::optional<Author> author;
};

using Places = std::vector<std::tuple<std::uint32_t, std::uint64_t, std::uint64_t>>;

Places places(const NewFile &file) {
    Places places;
    for (const Extent &extent : file.map.extents)
        places.emplace_back(extent.device, extent.offset, extent.length);
    return places;
}

TEST(MediaGrowth, BeginTakesNameAndSlotButNoSpace) {
    Session session;
    const auto before = session.devices.metadata();
    const NewFile file = session.begin("file");
    EXPECT_EQ(file.map.size, 0U);
    EXPECT_TRUE(file.map.extents.empty());
    EXPECT_EQ(session.author->begin("file", {}).error().code, EEXIST);
    EXPECT_EQ(session.author->begin("none/file", {}).error().code, ENOENT);
    EXPECT_EQ(session.author->free_slots(), 15419U);
    EXPECT_EQ(session.author->free_bytes(), 4 * gibibyte - first);
    session.author->abandon(file);
    EXPECT_EQ(session.author->free_slots(), 15420U);
    EXPECT_EQ(session.author->kind("file"), Author::Kind::none);
    EXPECT_TRUE(same(session.devices.metadata(), before));
    session.begin("file");
}

TEST(MediaGrowth, DoublesInPlaceWhileThereIsRoom) {
    Session session;
    NewFile file = session.begin("file");
    ASSERT_EQ(session.grow(file, 1), 0);
    EXPECT_EQ(places(file), (Places{{0, first, unit}}));
    ASSERT_EQ(session.grow(file, unit), 0) << "is there already";
    EXPECT_EQ(places(file), (Places{{0, first, unit}}));
    ASSERT_EQ(session.grow(file, unit + 1), 0);
    EXPECT_EQ(places(file), (Places{{0, first, 2 * unit}}));
    ASSERT_EQ(session.grow(file, 2 * unit + 1), 0);
    EXPECT_EQ(places(file), (Places{{0, first, 4 * unit}})) << "doubled";
    ASSERT_EQ(session.grow(file, 11 * unit), 0);
    EXPECT_EQ(places(file), (Places{{0, first, 11 * unit}})) << "what is missing is more than a doubling";
    EXPECT_EQ(file.map.size, 0U) << "the caller's";
    EXPECT_EQ(session.author->free_bytes(), 4 * gibibyte - first - 11 * unit);
}

TEST(MediaGrowth, AnotherRunBehindANeighbour) {
    Session session;
    NewFile one = session.begin("one");
    NewFile two = session.begin("two");
    ASSERT_EQ(session.grow(one, 3 * unit), 0);
    ASSERT_EQ(session.grow(two, unit), 0);
    ASSERT_EQ(session.grow(one, 4 * unit), 0);
    EXPECT_EQ(places(one), (Places{{0, first, 3 * unit}, {0, first + 4 * unit, 3 * unit}}));
    ASSERT_EQ(session.grow(two, 2 * unit), 0);
    EXPECT_EQ(places(two), (Places{{0, first + 3 * unit, unit}, {0, first + 7 * unit, unit}}));
}

TEST(MediaGrowth, TakesWhatIsLeftWhereItCannotDouble) {
    Session session;
    session.leave(7);
    NewFile file = session.begin("file");
    ASSERT_EQ(session.grow(file, 4 * unit), 0);
    ASSERT_EQ(session.grow(file, 5 * unit), 0);
    EXPECT_EQ(places(file), (Places{{0, 4 * gibibyte - 7 * unit, 7 * unit}}));
    EXPECT_EQ(session.author->free_bytes(), 0U);
    const Places before = places(file);
    EXPECT_EQ(session.grow(file, 7 * unit + 1), ENOSPC);
    EXPECT_EQ(session.grow(file, ~0ULL), ENOSPC);
    EXPECT_EQ(places(file), before);
}

TEST(MediaGrowth, TrimGivesBackWhatTheSizeDoesNotNeed) {
    Session session;
    NewFile one = session.begin("one");
    NewFile two = session.begin("two");
    ASSERT_EQ(session.grow(one, 3 * unit), 0);
    ASSERT_EQ(session.grow(two, unit), 0);
    ASSERT_EQ(session.grow(one, 6 * unit), 0);
    one.map.size = 3 * unit + 1;
    session.author->trim(one);
    EXPECT_EQ(places(one), (Places{{0, first, 3 * unit}, {0, first + 4 * unit, unit}}));
    one.map.size = 3 * unit;
    session.author->trim(one);
    EXPECT_EQ(places(one), (Places{{0, first, 3 * unit}}));
    one.map.size = unit + 1;
    session.author->trim(one);
    EXPECT_EQ(places(one), (Places{{0, first, 2 * unit}}));
    ASSERT_EQ(session.grow(one, 3 * unit), 0);
    EXPECT_EQ(places(one), (Places{{0, first, 3 * unit}})) << "the unit that was given back";
    one.map.size = 0;
    session.author->trim(one);
    EXPECT_TRUE(places(one).empty());
    EXPECT_EQ(session.author->free_bytes(), 4 * gibibyte - first - unit);
}

TEST(MediaGrowth, CommitLogsTheTrimmedMapAndGivesNothingBack) {
    Session session;
    NewFile file = session.begin("file");
    ASSERT_EQ(session.grow(file, 8 * unit), 0);
    file.map.size = 2 * unit + 5;
    sound(session.author->commit(file));
    EXPECT_EQ(file.map.extents.front().length, 8 * unit);
    EXPECT_EQ(session.author->free_bytes(), 4 * gibibyte - first - 8 * unit);
    EXPECT_EQ(session.author->free_slots(), 15419U);
    const FileSystem fs = session.devices.parse();
    EXPECT_TRUE(fs.problems().empty());
    const media::Node *node = fs.find_path("file");
    ASSERT_NE(node, nullptr);
    EXPECT_EQ(node->map.size, 2 * unit + 5);
    EXPECT_EQ(places({"", node->map, {}}), (Places{{0, first, 3 * unit}}));
    session.author->trim(file);
    EXPECT_EQ(session.author->free_bytes(), 4 * gibibyte - first - 3 * unit);
}

TEST(MediaGrowth, CommitsThatAreRefused) {
    Session session;
    const auto before = session.devices.metadata();
    NewFile file = session.begin("file");
    EXPECT_EQ(session.author->commit(file).error().code, EINVAL) << "empty";
    file.map.size = 1;
    EXPECT_EQ(session.author->commit(file).error().code, EINVAL) << "no space";
    ASSERT_EQ(session.grow(file, unit), 0);
    for (const std::uint64_t size : std::vector<std::uint64_t>{0, unit + 1, ~0ULL}) {
        file.map.size = size;
        EXPECT_EQ(session.author->commit(file).error().code, EINVAL) << size;
    }
    EXPECT_EQ(session.author->free_slots(), 15419U) << "neither committed nor abandoned";
    EXPECT_TRUE(same(session.devices.metadata(), before));
}

TEST(MediaGrowth, StripedFilesDoNotGrowAndAreGivenBackWhole) {
    Session session;
    const std::uint64_t free = session.author->free_bytes();
    NewFile file = sound(session.author->prepare("file", 9 * unit, {}, {.strips = 4, .chunk = unit}));
    EXPECT_EQ(session.grow(file, 100 * unit), EINVAL);
    file.map.size = unit;
    session.author->trim(file);
    EXPECT_EQ(session.author->free_bytes(), free - 12 * unit);
    file.map.size = 0;
    session.author->trim(file);
    EXPECT_EQ(session.author->free_bytes(), free);
}

TEST(MediaGrowth, NothingOnADeviceThatIsNotAtHand) {
    TestDevices devices({4 * gibibyte, 4 * gibibyte});
    devices.mkfs();
    const std::uint64_t primary = 4 * gibibyte;
    const FileSystem fs = FileSystem::parse(devices.primary(), std::span(&primary, 1)).value();
    Author author = sound(Author::open(devices.primary(), fs, *devices.write_back));
    EXPECT_EQ(author.free_bytes(), 4 * gibibyte - first);
    NewFile file = sound(author.begin("file", {}));
    EXPECT_EQ(author.grow(file, 4 * gibibyte).error().code, ENOSPC);
    sound(author.grow(file, 4 * gibibyte - first));
    EXPECT_EQ(places(file), (Places{{0, first, 4 * gibibyte - first}}));
}

/// Twelve extents in single units; then two runs come free, the longer one behind the other.
TEST(MediaGrowth, TheLastExtentsGoWhereTheRunsAreLong) {
    Session session;
    session.leave(77);
    const auto give_back = [&session](NewFile &file) {
        file.map.size = 0;
        session.author->trim(file);
        session.author->abandon(file);
    };
    std::vector<NewFile> others;
    for (int i = 0; i < 27; i++) {
        others.push_back(session.begin("other" + std::to_string(i)));
        ASSERT_EQ(session.grow(others.back(), i == 24 ? 12 * unit : i == 26 ? 40 * unit : unit), 0);
    }
    ASSERT_EQ(session.author->free_bytes(), 0U);
    for (std::size_t i = 0; i < 24; i += 2)
        give_back(others[i]);
    NewFile file = session.begin("file");
    for (std::uint64_t units = 1; units <= 12; units++)
        ASSERT_EQ(session.grow(file, units * unit), 0) << units << " units";
    ASSERT_EQ(file.map.extents.size(), 12U);
    const std::uint64_t long_run = others[26].map.extents.front().offset;
    give_back(others[24]);
    give_back(others[26]);
    ASSERT_EQ(session.grow(file, 13 * unit), 0);
    EXPECT_EQ(places(file).back(), (Places::value_type{0, long_run, 12 * unit}));
    ASSERT_EQ(session.grow(file, 52 * unit), 0);
    EXPECT_EQ(file.map.extents.size(), 13U);
}

/// Units that are free one by one: a file can have sixteen of them.
TEST(MediaGrowth, SixteenExtentsAndNoMore) {
    Session session;
    session.leave(40);
    std::vector<NewFile> others;
    for (int i = 0; i < 40; i++) {
        others.push_back(session.begin("other" + std::to_string(i)));
        ASSERT_EQ(session.grow(others.back(), unit), 0);
    }
    for (std::size_t i = 0; i < 40; i += 2) {
        session.author->trim(others[i]);
        session.author->abandon(others[i]);
    }
    NewFile file = session.begin("file");
    EXPECT_EQ(session.grow(file, 17 * unit), ENOSPC);
    EXPECT_TRUE(file.map.extents.empty());
    EXPECT_EQ(session.author->free_bytes(), 20 * unit);
    ASSERT_EQ(session.grow(file, 10 * unit), 0);
    const Places before = places(file);
    EXPECT_EQ(session.grow(file, 17 * unit), ENOSPC);
    EXPECT_EQ(places(file), before);
    EXPECT_EQ(session.author->free_bytes(), 10 * unit);
    ASSERT_EQ(session.grow(file, 16 * unit), 0);
    EXPECT_EQ(file.map.extents.size(), 16U);
}

/// A session beside a plain model of it: who has each unit of each device.
class MediaGrowthModel : public testing::TestWithParam<unsigned int> {
protected:
    static constexpr std::uint64_t free_on_first = 120;
    static constexpr std::uint64_t free_on_second = 80;

    MediaGrowthModel() : session_({4 * gibibyte, 2 * mebibyte + free_on_second * unit}), random_(GetParam()) {
        session_.leave(free_on_first);
    }

    std::uint64_t draw(std::uint64_t below) { return random_() % below; }

    struct Open {
        NewFile file;
        std::uint64_t asked = 0;
    };

    /// Asserts that no unit has two owners, and returns the free ones of each device as runs in units.
    std::vector<std::pair<Extent, std::uint64_t>> free_runs() {
        const std::uint64_t ends[] = {2048, 1 + free_on_second};
        std::vector<std::vector<bool>> taken = {std::vector<bool>(2048), std::vector<bool>(ends[1])};
        std::fill_n(taken[0].begin(), 2048 - free_on_first, true);
        taken[1][0] = true;
        const auto take = [&taken](const NewFile &file) {
            for (const Extent &extent : file.map.extents)
                for (std::uint64_t at = extent.offset; at < extent.offset + extent.length; at += unit) {
                    ASSERT_FALSE(taken.at(extent.device).at(at / unit)) << "a unit with two owners";
                    taken[extent.device][at / unit] = true;
                }
        };
        for (const auto &[name, open] : open_)
            take(open.file);
        for (const NewFile &file : committed_)
            take(file);
        std::vector<std::pair<Extent, std::uint64_t>> runs;
        for (std::uint32_t device = 0; device < 2; device++)
            for (std::uint64_t at = 0, start = 0; at <= ends[device]; at++)
                if (at == ends[device] || taken[device][at]) {
                    if (at > start)
                        runs.push_back({{device, start * unit, (at - start) * unit}, at - start});
                    start = at + 1;
                }
        return runs;
    }

    /// The most units that @file can have: what lies behind its last extent, then the longest runs.
    std::uint64_t reachable(const NewFile &file) {
        std::vector<std::uint64_t> lengths;
        std::uint64_t units = media::capacity_of(file.map) / unit;
        for (const auto &[run, length] : free_runs()) {
            const bool behind = !file.map.extents.empty() && file.map.extents.back().device == run.device &&
                                file.map.extents.back().offset + file.map.extents.back().length == run.offset;
            behind ? void(units += length) : lengths.push_back(length);
        }
        std::ranges::sort(lengths, std::greater());
        for (std::size_t i = 0; i < lengths.size() && i + file.map.extents.size() < 16; i++)
            units += lengths[i];
        return units;
    }

    void grow(Open &open) {
        const std::uint64_t most = reachable(open.file);
        const std::uint64_t held = media::capacity_of(open.file.map);
        const std::uint64_t asked = 1 + draw(draw(4) == 0 ? 250 * unit : held + 4 * unit);
        const Places before = places(open.file);
        const auto grown = session_.author->grow(open.file, asked);
        Places after = places(open.file);
        ASSERT_EQ(grown.has_value(), std::max(held, most * unit) >= asked) << asked << " of " << most * unit;
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
        ASSERT_EQ(media::capacity_of(open.file.map), (open.asked + unit - 1) / unit * unit);
    }

    void abandon(Open &open) {
        open.file.map.size = 0;
        session_.author->trim(open.file);
        session_.author->abandon(open.file);
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
            abandon(chosen->second);
        else
            commit(chosen->second);
        open_.erase(chosen);
    }

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
        ASSERT_EQ(session_.author->free_bytes(), free * unit);
        ASSERT_EQ(session_.author->free_slots(), slots - open_.size() - committed_.size());
    }
    const FileSystem fs = session_.devices.parse();
    for (const media::Problem &problem : fs.problems())
        ADD_FAILURE() << problem.message;
    for (const auto &[name, size] : sizes_) {
        const media::Node *node = fs.find_path(name);
        ASSERT_NE(node, nullptr);
        EXPECT_EQ(node->map.size, size);
        EXPECT_EQ(media::capacity_of(node->map), (size + unit - 1) / unit * unit);
    }
    EXPECT_EQ(fs.usage().files, committed_.size());
}

INSTANTIATE_TEST_SUITE_P(Seeds, MediaGrowthModel, testing::Range(0U, 40U));

} // namespace
} // namespace famfs::test
