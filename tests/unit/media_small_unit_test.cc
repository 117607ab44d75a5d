// SPDX-License-Identifier: GPL-2.0-only
// Space in units of 4 KiB: small files side by side, large ones where 2 MiB pages can map them.
#include "tests/support/write_session.h"

#include <algorithm>
#include <functional>
#include <gtest/gtest.h>

namespace famfs::test {
namespace {

using media::Allocator;
using media::FileSystem;
using media::gibibyte;
using media::mebibyte;
using media::NewFile;

constexpr std::uint64_t page = 4096;
constexpr std::uint64_t kibibyte = 1024;
constexpr std::uint64_t huge = 2 * mebibyte;
constexpr std::uint64_t first = 10 * mebibyte; ///< byte after the log
constexpr std::uint64_t end = 4 * gibibyte;

/// How many 2 MiB pages can map the file: 2 MiB of it that lie whole and aligned in one extent.
std::uint64_t huge_pages(const base::FileMap &map) {
    std::uint64_t pages = 0;
    std::uint64_t position = 0;
    for (const base::Extent &extent : map.extents) {
        const std::uint64_t until = std::min(position + extent.length, map.size);
        if (position % huge == extent.offset % huge)
            pages += until / huge - std::min(until / huge, media::divide_up(position, huge));
        position += extent.length;
    }
    return pages;
}

class MediaSmallUnit : public testing::Test {
protected:
    MediaSmallUnit() : session({end}, page), allocator(*session.checked) {}

    /// As cp does it: the size is known.
    Places place(std::uint64_t size) { return places(sound(allocator.allocate(size))); }
    NewFile write(const std::string &name, std::uint64_t size, std::uint64_t step) {
        NewFile file = session.begin(name);
        for (std::uint64_t at = step; at < size + step; at += step)
            append(file, std::min(at, size));
        return file;
    }
    void append(NewFile &file, std::uint64_t size) {
        sound(session.author->grow(file, size));
        file.map.size = size;
    }
    void close(NewFile &file) {
        sound(session.author->commit(file));
        session.author->trim(file);
    }
    /// What the log has is right, and every file has just the units that it needs.
    void expect_clean() {
        const FileSystem fs = session.devices.parse();
        for (const media::Problem &problem : fs.problems())
            ADD_FAILURE() << problem.message;
        std::uint64_t needed = 0;
        for (const media::Node &node : fs.nodes())
            if (node.nodeid >= media::first_entry_nodeid)
                needed += media::divide_up(node.map.size, page) * page;
        EXPECT_EQ(fs.usage().used, needed);
        EXPECT_EQ(session.author->free_bytes(), fs.usage().capacity - needed);
    }

    /// Leaves sixteen runs of nearly 4 MiB, each with one free block in it.
    void wall_off() {
        auto log = sound(
            media::LogWriter::open(session.devices.primary(), *session.checked, *session.devices.write_back));
        const auto take = [&](const std::string &name, std::uint64_t offset, std::uint64_t length) {
            sound(log.append(media::make_file_entry(name, {0, 0, 1, 0, {{0, offset, length}}}, {})));
        };
        take("filler", first, walls - first);
        for (std::uint64_t i = 0; i < 16; i++)
            take("wall" + std::to_string(i), walls + i * 2 * huge, page);
        session.reopen();
    }

    static constexpr std::uint64_t walls = end - 32 * huge;
    Session session;
    Allocator allocator;
};

TEST_F(MediaSmallUnit, SmallFilesLieSideBySide) {
    EXPECT_EQ(place(1), (Places{{0, first, page}}));
    EXPECT_EQ(place(page), (Places{{0, first + page, page}}));
    EXPECT_EQ(place(page + 1), (Places{{0, first + 2 * page, 2 * page}}));
    for (std::uint64_t i = 4; i < 512; i++)
        ASSERT_EQ(place(1), (Places{{0, first + i * page, page}}));
    EXPECT_EQ(place(1), (Places{{0, first + huge, page}}));
}

TEST_F(MediaSmallUnit, LargeFilesBeginAligned) {
    EXPECT_EQ(place(1), (Places{{0, first, page}}));
    EXPECT_EQ(place(3 * mebibyte + 1), (Places{{0, first + huge, 3 * mebibyte + page}}));
    EXPECT_EQ(place(huge), (Places{{0, first + 3 * huge, huge}}));
    EXPECT_EQ(place(gibibyte), (Places{{0, first + 4 * huge, gibibyte}}));
}

TEST_F(MediaSmallUnit, SmallFilesFillHolesAndBreakNoBlock) {
    place(page);
    place(3 * mebibyte);
    EXPECT_EQ(place(mebibyte), (Places{{0, first + page, mebibyte}})) << "the first hole";
    EXPECT_EQ(place(mebibyte), (Places{{0, first + huge + 3 * mebibyte, mebibyte}})) << "the next one";
    EXPECT_EQ(place(mebibyte), (Places{{0, first + 3 * huge, mebibyte}})) << "no hole is as long";
    EXPECT_EQ(place(mebibyte - page), (Places{{0, first + page + mebibyte, mebibyte - page}}));
    EXPECT_EQ(place(huge), (Places{{0, first + 4 * huge, huge}}));
}

TEST_F(MediaSmallUnit, UnalignedRatherThanNoSpace) {
    place(end - first - 2 * huge);
    place(page);
    EXPECT_EQ(place(3 * mebibyte), (Places{{0, end - huge, huge}, {0, end - 2 * huge + page, mebibyte}}));
    EXPECT_EQ(allocator.free_bytes(), mebibyte - page);
    EXPECT_EQ(place(mebibyte - page), (Places{{0, end - huge - mebibyte + page, mebibyte - page}}));
    EXPECT_EQ(allocator.allocate(1).error().code, ENOSPC);
}

/// 5 MiB are free in one run, and no 2 MiB of it are aligned but two.
TEST_F(MediaSmallUnit, ARunThatIsLongEnoughOnlyUnaligned) {
    place(end - first - 3 * huge);
    place(mebibyte);
    EXPECT_EQ(place(5 * mebibyte),
              (Places{{0, end - 2 * huge, 2 * huge}, {0, end - 2 * huge - mebibyte, mebibyte}}));
    EXPECT_EQ(allocator.free_bytes(), 0U);
}

TEST_F(MediaSmallUnit, AllRunsWholeRatherThanTooManyBlocks) {
    wall_off();
    Places whole;
    for (std::uint64_t i = 0; i < 16; i++)
        whole.emplace_back(0, walls + i * 2 * huge + page, 2 * huge - page);
    const std::uint64_t all = 16 * (2 * huge - page);
    EXPECT_EQ(places(sound(Allocator(*session.checked).allocate(all))), whole);
    NewFile file = session.begin("file");
    ASSERT_EQ(session.grow(file, page), 0);
    ASSERT_EQ(session.grow(file, all), 0);
    EXPECT_EQ(session.author->free_bytes(), 0U);
}

/// Twelve blocks, and then the four longest runs, wherever they begin.
TEST_F(MediaSmallUnit, TheLastExtentsGoWhereTheRunsAreLong) {
    wall_off();
    NewFile file = session.begin("file");
    std::uint64_t capacity = 0;
    while (session.grow(file, capacity + page) == 0)
        capacity = media::capacity_of(file.map);
    EXPECT_EQ(file.map.extents.size(), 16U);
    EXPECT_GT(capacity, 18 * huge) << "sixteen blocks are all that is aligned";
}

TEST_F(MediaSmallUnit, ADevicesRestIsForSmallFiles) {
    Session odd({end + mebibyte}, page);
    Allocator of_odd(*odd.checked);
    EXPECT_EQ(places(sound(of_odd.allocate(1))), (Places{{0, end, page}})) << "no 2 MiB page fits there";
    EXPECT_EQ(places(sound(of_odd.allocate(end - first))), (Places{{0, first, end - first}}));
}

TEST_F(MediaSmallUnit, ChunksAreMultiplesOfTheUnit) {
    place(page);
    const auto chunks_of = [this](std::uint64_t chunk, std::uint64_t size) {
        return allocator.allocate(size, {.strips = 4, .chunk = chunk, .buckets = 4});
    };
    EXPECT_EQ(chunks_of(2048, mebibyte).error().code, EINVAL);
    EXPECT_EQ(chunks_of(3 * page, mebibyte).error().code, EINVAL);
    const base::FileMap small = sound(chunks_of(page, 9 * page));
    EXPECT_EQ(small.chunk, page);
    for (const base::Extent &strip : small.extents)
        EXPECT_EQ(strip.length, 3 * page);
    const base::FileMap usual = sound(allocator.allocate(16 * mebibyte, {.strips = 4, .buckets = 4}));
    EXPECT_EQ(usual.chunk, huge);
    for (const base::Extent &strip : usual.extents) {
        EXPECT_EQ(strip.offset % huge, 0U) << "each chunk can be one 2 MiB page";
        EXPECT_EQ(strip.length, 2 * huge);
    }
}

TEST_F(MediaSmallUnit, OneFileFromFrontToBackIsOneAlignedExtent) {
    NewFile file = write("file", 100 * mebibyte + 5, 128 * kibibyte);
    close(file);
    EXPECT_EQ(places(file.map), (Places{{0, first, 100 * mebibyte + page}}));
    expect_clean();
}

TEST_F(MediaSmallUnit, BesideASmallFileOnlyTheFirstTwoMiBAreUnaligned) {
    NewFile small = write("small", 200 * kibibyte, page);
    close(small);
    NewFile large = write("large", 100 * mebibyte, 128 * kibibyte);
    close(large);
    EXPECT_EQ(places(large.map),
              (Places{{0, first + 200 * kibibyte, huge - 200 * kibibyte},
                      {0, first + 2 * huge - 200 * kibibyte, 100 * mebibyte - huge + 200 * kibibyte}}));
    EXPECT_EQ(huge_pages(large.map), 49U);
    expect_clean();
}

TEST_F(MediaSmallUnit, AFileThatGrowsAtOnceIsLikeOneOfKnownSize) {
    NewFile small = write("small", 1, 1);
    close(small);
    NewFile large = write("large", 30 * mebibyte, 30 * mebibyte);
    EXPECT_EQ(places(large.map), (Places{{0, first + huge, 30 * mebibyte}}));
}

TEST_F(MediaSmallUnit, WhatIsReservedAheadIsGivenBack) {
    NewFile file = write("file", 1, 1);
    EXPECT_EQ(media::capacity_of(file.map), 64 * kibibyte);
    append(file, 64 * kibibyte + 1);
    EXPECT_EQ(media::capacity_of(file.map), 512 * kibibyte);
    append(file, 512 * kibibyte + 1);
    EXPECT_EQ(media::capacity_of(file.map), huge);
    append(file, huge + 1);
    EXPECT_EQ(media::capacity_of(file.map), 2 * huge);
    file.map.size = page + 1;
    close(file);
    EXPECT_EQ(places(file.map), (Places{{0, first, 2 * page}}));
    expect_clean();
}

TEST_F(MediaSmallUnit, SmallFilesOneAfterTheOtherLieSideBySide) {
    constexpr std::uint64_t files = 1000;
    std::uint64_t reached = 0;
    for (std::uint64_t i = 0; i < files; i++) {
        NewFile file = write("file" + std::to_string(i), 3 * page, page);
        close(file);
        ASSERT_EQ(file.map.extents.size(), 1U);
        reached = std::max(reached, file.map.extents[0].offset + 3 * page);
    }
    EXPECT_LE(reached - first, files * 3 * page * 33 / 32) << "64 KiB of 2 MiB may stay free";
    expect_clean();
}

/// Each has the next one right after it: 64 KiB, 512 KiB, 2 MiB, and then twice as much each time.
TEST_F(MediaSmallUnit, ManyFilesThatGrowInTurn) {
    constexpr std::uint64_t size = 8 * mebibyte + page;
    std::vector<NewFile> files;
    for (int i = 0; i < 60; i++)
        files.push_back(session.begin("file" + std::to_string(i)));
    for (std::uint64_t at = page; at <= size; at += page)
        for (NewFile &file : files)
            append(file, at);
    for (NewFile &file : files) {
        close(file);
        EXPECT_LE(file.map.extents.size(), 6U);
        EXPECT_GE(huge_pages(file.map), size / huge - 1);
    }
    expect_clean();
}

TEST_F(MediaSmallUnit, TwoLargeFilesThatGrowInTurn) {
    NewFile one = session.begin("one");
    NewFile two = session.begin("two");
    for (std::uint64_t at = mebibyte; at <= gibibyte; at += mebibyte) {
        append(one, at);
        append(two, at);
    }
    for (NewFile *file : {&one, &two}) {
        EXPECT_LE(file->map.extents.size(), 12U);
        EXPECT_GE(huge_pages(file->map), gibibyte / huge - 1);
    }
}

/// Some files stay small and keep their holes small; what is written meanwhile leaves them to small files.
TEST_F(MediaSmallUnit, SmallFilesBesideLargeOnesBreakFewBlocks) {
    for (int i = 0; i < 100; i++) {
        NewFile large = write("large" + std::to_string(i), 5 * mebibyte, 256 * kibibyte);
        NewFile small = write("small" + std::to_string(i), 40 * kibibyte, page);
        close(small);
        close(large);
        ASSERT_GE(huge_pages(large.map), 1U);
    }
    expect_clean();
    const FileSystem fs = session.devices.parse();
    EXPECT_GE(fs.usage().largest_free_run, end - first - 100 * (7 * mebibyte))
        << "in front of a long free run";
}

} // namespace
} // namespace famfs::test
