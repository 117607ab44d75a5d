// SPDX-License-Identifier: GPL-2.0-only
// Files that get their space while they are written: begin, grow, trim, commit, abandon.
#include "tests/support/write_session.h"

#include <gtest/gtest.h>

namespace famfs::test {
namespace {

using base::Extent;
using media::Author;
using media::FileSystem;
using media::gibibyte;
using media::mebibyte;
using media::NewFile;

constexpr std::uint64_t first = 10 * mebibyte; ///< byte after the log

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
    EXPECT_EQ(places(file.map), (Places{{0, first, unit}}));
    ASSERT_EQ(session.grow(file, unit), 0) << "is there already";
    EXPECT_EQ(places(file.map), (Places{{0, first, unit}}));
    ASSERT_EQ(session.grow(file, unit + 1), 0);
    EXPECT_EQ(places(file.map), (Places{{0, first, 2 * unit}}));
    ASSERT_EQ(session.grow(file, 2 * unit + 1), 0);
    EXPECT_EQ(places(file.map), (Places{{0, first, 4 * unit}})) << "doubled";
    ASSERT_EQ(session.grow(file, 11 * unit), 0);
    EXPECT_EQ(places(file.map), (Places{{0, first, 11 * unit}})) << "what is missing is more than a doubling";
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
    EXPECT_EQ(places(one.map), (Places{{0, first, 3 * unit}, {0, first + 4 * unit, 3 * unit}}));
    ASSERT_EQ(session.grow(two, 2 * unit), 0);
    EXPECT_EQ(places(two.map), (Places{{0, first + 3 * unit, unit}, {0, first + 7 * unit, unit}}));
}

TEST(MediaGrowth, TakesWhatIsLeftWhereItCannotDouble) {
    Session session;
    session.leave(7);
    NewFile file = session.begin("file");
    ASSERT_EQ(session.grow(file, 4 * unit), 0);
    ASSERT_EQ(session.grow(file, 5 * unit), 0);
    EXPECT_EQ(places(file.map), (Places{{0, 4 * gibibyte - 7 * unit, 7 * unit}}));
    EXPECT_EQ(session.author->free_bytes(), 0U);
    const Places before = places(file.map);
    EXPECT_EQ(session.grow(file, 7 * unit + 1), ENOSPC);
    EXPECT_EQ(session.grow(file, ~0ULL), ENOSPC);
    EXPECT_EQ(places(file.map), before);
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
    EXPECT_EQ(places(one.map), (Places{{0, first, 3 * unit}, {0, first + 4 * unit, unit}}));
    one.map.size = 3 * unit;
    session.author->trim(one);
    EXPECT_EQ(places(one.map), (Places{{0, first, 3 * unit}}));
    one.map.size = unit + 1;
    session.author->trim(one);
    EXPECT_EQ(places(one.map), (Places{{0, first, 2 * unit}}));
    ASSERT_EQ(session.grow(one, 3 * unit), 0);
    EXPECT_EQ(places(one.map), (Places{{0, first, 3 * unit}})) << "the unit that was given back";
    one.map.size = 0;
    session.author->trim(one);
    EXPECT_TRUE(places(one.map).empty());
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
    EXPECT_EQ(places(node->map), (Places{{0, first, 3 * unit}}));
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
    EXPECT_EQ(places(file.map), (Places{{0, first, 4 * gibibyte - first}}));
}

/// Twelve extents in single units; then two runs come free, the longer one after the other.
TEST(MediaGrowth, TheLastExtentsGoWhereTheRunsAreLong) {
    Session session;
    session.leave(77);
    std::vector<NewFile> others;
    for (int i = 0; i < 27; i++) {
        others.push_back(session.begin("other" + std::to_string(i)));
        ASSERT_EQ(session.grow(others.back(), i == 24 ? 12 * unit : i == 26 ? 40 * unit : unit), 0);
    }
    ASSERT_EQ(session.author->free_bytes(), 0U);
    for (std::size_t i = 0; i < 24; i += 2)
        session.abandon(others[i]);
    NewFile file = session.begin("file");
    for (std::uint64_t units = 1; units <= 12; units++)
        ASSERT_EQ(session.grow(file, units * unit), 0) << units << " units";
    ASSERT_EQ(file.map.extents.size(), 12U);
    const std::uint64_t long_run = others[26].map.extents.front().offset;
    session.abandon(others[24]);
    session.abandon(others[26]);
    ASSERT_EQ(session.grow(file, 13 * unit), 0);
    EXPECT_EQ(places(file.map).back(), (Places::value_type{0, long_run, 12 * unit}));
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
    for (std::size_t i = 0; i < 40; i += 2)
        session.abandon(others[i]);
    NewFile file = session.begin("file");
    EXPECT_EQ(session.grow(file, 17 * unit), ENOSPC);
    EXPECT_TRUE(file.map.extents.empty());
    EXPECT_EQ(session.author->free_bytes(), 20 * unit);
    ASSERT_EQ(session.grow(file, 10 * unit), 0);
    const Places before = places(file.map);
    EXPECT_EQ(session.grow(file, 17 * unit), ENOSPC);
    EXPECT_EQ(places(file.map), before);
    EXPECT_EQ(session.author->free_bytes(), 10 * unit);
    ASSERT_EQ(session.grow(file, 16 * unit), 0);
    EXPECT_EQ(file.map.extents.size(), 16U);
}

} // namespace
} // namespace famfs::test
