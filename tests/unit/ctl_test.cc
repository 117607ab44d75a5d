// SPDX-License-Identifier: GPL-2.0-only
// Parts of famfsctl that can be wrong in more ways than a run of the program shows.
#include "daemon/ctl/image/content.h"
#include "daemon/ctl/image/file_runs.h"
#include "daemon/ctl/terminal/arguments.h"
#include "daemon/ctl/terminal/bpf_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace famfs::ctl {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<std::byte> content(std::size_t length, std::uint64_t seed, std::uint64_t position) {
    std::vector<std::byte> bytes(length);
    fill_content(bytes, seed, position);
    return bytes;
}

TEST(Content, IsAFunctionOfSeedAndPosition) {
    const auto whole = content(10000, 5, 0);
    for (const std::size_t from : {0U, 1U, 7U, 8U, 4095U, 9999U}) {
        const auto part = content(whole.size() - from, 5, from);
        EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin() + static_cast<std::ptrdiff_t>(from)))
            << from;
    }
    EXPECT_NE(content(64, 5, 0), content(64, 6, 0));
    EXPECT_NE(content(64, 5, 0), content(64, 5, 64));
}

/// Files made by one version are verified by another, so the bytes may never change.
TEST(Content, NeverChanges) {
    const auto bytes = content(16, 7, 0);
    std::array<std::uint64_t, 2> words{};
    std::memcpy(words.data(), bytes.data(), bytes.size());
    EXPECT_EQ(words[0], 0xb836bf5a5030ae97U);
    EXPECT_EQ(words[1], 0xaabdb15cc0464fdaU);
}

TEST(Content, FirstDifferenceIsTheFirst) {
    auto bytes = content(9000, 3, 100);
    EXPECT_EQ(first_difference(bytes, 3, 100), std::nullopt);
    for (const std::size_t at : {8999U, 4096U, 4095U, 5U, 0U}) {
        bytes[at] ^= std::byte{1};
        EXPECT_EQ(first_difference(bytes, 3, 100), 100 + at);
    }
}

class Runs : public testing::Test {
protected:
    static constexpr std::uint64_t unit = 4096;
    std::vector<std::byte> first_ = std::vector<std::byte>(64 * unit);
    std::vector<std::byte> second_ = std::vector<std::byte>(64 * unit);
    std::vector<std::span<std::byte>> devices_ = {first_, second_};
};

TEST_F(Runs, ExtentsFollowEachOther) {
    const FileRuns runs({16, 0, 3 * unit + 1, 0, {{1, 8 * unit, unit}, {0, 4 * unit, 3 * unit}}}, devices_);
    EXPECT_EQ(runs.at(10)->data(), &second_[8 * unit + 10]);
    EXPECT_EQ(runs.at(10)->size(), unit - 10);
    EXPECT_EQ(runs.at(unit)->data(), &first_[4 * unit]);
    EXPECT_EQ(runs.at(3 * unit)->size(), unit) << "to the extent's end, beyond the file's";
    EXPECT_EQ(runs.at(3 * unit + 1).error().code, ENODATA);
}

TEST_F(Runs, ChunksAreDealt) {
    const FileRuns runs({16, 0, 5 * unit, unit, {{0, 8 * unit, 3 * unit}, {1, 16 * unit, 2 * unit}}},
                        devices_);
    EXPECT_EQ(runs.at(0)->data(), &first_[8 * unit]);
    EXPECT_EQ(runs.at(unit)->data(), &second_[16 * unit]);
    EXPECT_EQ(runs.at(2 * unit + 5)->data(), &first_[9 * unit + 5]);
    EXPECT_EQ(runs.at(2 * unit + 5)->size(), unit - 5);
    EXPECT_EQ(runs.at(4 * unit)->data(), &first_[10 * unit]);
}

TEST_F(Runs, NothingBehindADevice) {
    const FileRuns runs({16, 0, 2 * unit, 0, {{0, 63 * unit, 2 * unit}}}, devices_);
    EXPECT_EQ(runs.at(0).error().code, EIO);
    const FileRuns elsewhere({16, 0, unit, 0, {{2, 0, unit}}}, devices_);
    EXPECT_EQ(elsewhere.at(0).error().code, EIO);
}

TEST(Paths, AreRelativeToTheRoot) {
    EXPECT_EQ(trim_slashes("/"), "");
    EXPECT_EQ(trim_slashes(""), "");
    EXPECT_EQ(trim_slashes("."), "");
    EXPECT_EQ(trim_slashes("//a/b//"), "a/b");
    EXPECT_EQ(join_path("", "a"), "a");
    EXPECT_EQ(join_path("a/b", "c"), "a/b/c");
}

TEST(Counters, ShowWhatHappened) {
    loader::Statistics statistics{};
    EXPECT_THAT(counters_text(statistics), HasSubstr("no request yet"));
    statistics[FAMFS_FAULT_PMD_READ] = {.ok = 48, .not_published = 0, .past_end = 0, .bad_record = 0};
    statistics[FAMFS_READ] = {.ok = 0, .not_published = 1, .past_end = 0, .bad_record = 0};
    const std::string text = counters_text(statistics);
    EXPECT_THAT(text, HasSubstr("fault 2 MiB read"));
    EXPECT_THAT(text, HasSubstr(std::string(24, '#')));
    EXPECT_THAT(text, Not(HasSubstr("FIEMAP")));
    EXPECT_EQ(last_error_text({}), "");
}

TEST(Counters, EveryNameIsThere) {
    for (std::uint32_t operation = 0; operation < FAMFS_OPERATIONS; operation++)
        EXPECT_NE(operation_name(operation), "");
    for (std::uint32_t status = 0; status < FAMFS_STATUSES; status++)
        EXPECT_NE(status_name(status), "");
    EXPECT_EQ(operation_name(FAMFS_OPERATIONS), "unknown");
    EXPECT_EQ(status_name(FAMFS_STATUSES), "unknown");
}

} // namespace
} // namespace famfs::ctl
