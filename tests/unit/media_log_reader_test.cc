// SPDX-License-Identifier: GPL-2.0-only
// A log that comes in pieces, as one that another host appends to: what is served of it does not depend on where it
// was cut. The fuzzers ask the same of every log that they make.
#include "daemon/media/tree/log_reader.h"
#include "tests/support/media_image.h"

#include <gtest/gtest.h>

namespace famfs::test {
namespace {

using media::LogEntry;
using media::LogReader;

class MediaLogReader : public testing::Test {
protected:
    /// Of the log, what @from wants next, up to @end.
    [[nodiscard]] std::span<const std::byte> entries(const LogReader &from, std::uint64_t end) const {
        return std::span(bytes).subspan(media::entry_offset(from.next()),
                                        (end - from.next()) * sizeof(LogEntry));
    }
    LogEntry entry(std::uint64_t index) {
        return media::snapshot<LogEntry>(bytes, media::entry_offset(index));
    }
    void put(std::uint64_t index, LogEntry changed) {
        media::seal(changed, index);
        media::store(std::span(bytes), media::entry_offset(index), changed);
    }
    /// One byte that the CRC covers.
    void tear(std::uint64_t index) { bytes[media::entry_offset(index) + 100] ^= std::byte{1}; }

    std::vector<std::byte> bytes = sample();
    std::vector<std::uint64_t> sizes = sample_sizes();
    LogReader reader{bytes, sizes};
};

TEST_F(MediaLogReader, NamesAppearWithTheirEntries) {
    ASSERT_FALSE(reader.refusal());
    EXPECT_EQ(reader.file_system().nodes().size(), 4U) << "root, .meta and its two files";
    EXPECT_EQ(reader.feed(entries(reader, pieces)), std::uint64_t{pieces});
    EXPECT_NE(reader.file_system().find_path("d/plain"), nullptr);
    EXPECT_EQ(reader.file_system().find_path("d/e/pieces"), nullptr);
    EXPECT_EQ(reader.file_system().usage().files, 1U);
    EXPECT_EQ(reader.feed(entries(reader, sample_entries)), sample_entries - std::uint64_t{pieces});
    EXPECT_NE(reader.file_system().find_path("d/e/pieces"), nullptr);
    EXPECT_EQ(reader.file_system().usage(), sound(media::FileSystem::parse(bytes, sizes)).usage());
    EXPECT_TRUE(reader.problems().empty());
}

TEST_F(MediaLogReader, ALastEntryThatIsNotWholeYetIsReadLater) {
    tear(last);
    EXPECT_EQ(reader.feed(entries(reader, sample_entries)), std::uint64_t{last});
    tear(last);
    EXPECT_EQ(reader.feed(entries(reader, sample_entries)), 1U);
    EXPECT_NE(reader.file_system().find_path("last"), nullptr);
}

TEST_F(MediaLogReader, NothingIsReadBeyondDamage) {
    tear(striped);
    EXPECT_EQ(reader.feed(entries(reader, sample_entries)), std::uint64_t{striped});
    tear(striped);
    EXPECT_EQ(reader.feed(entries(reader, sample_entries)), 0U) << "what was damaged is not trusted later";
    EXPECT_EQ(reader.problems().size(), 1U);
}

TEST_F(MediaLogReader, NothingIsReadBeyondAnUnknownEntry) {
    LogEntry unknown = entry(last);
    unknown.type = 7;
    put(last, unknown);
    EXPECT_EQ(reader.feed(entries(reader, sample_entries)), std::uint64_t{last});
    EXPECT_EQ(reader.feed(entries(reader, sample_entries)), 0U);
    EXPECT_EQ(reader.problems().front().code, "entry-type");
}

/// The bytes of d/plain under another name, then that name again: neither is served, however the log was cut.
TEST_F(MediaLogReader, BytesAndNamesStayTaken) {
    LogEntry thief = entry(plain);
    thief.file.path = {};
    std::ranges::copy(std::string_view("thief"), thief.file.path.data());
    put(striped, thief);
    LogEntry again = entry(last);
    again.file.path = thief.file.path;
    put(last, again);
    for (const bool cut : {false, true}) {
        LogReader one(bytes, sizes);
        one.feed(entries(one, plain + 1));
        if (cut)
            one.feed(entries(one, last));
        one.feed(entries(one, sample_entries));
        EXPECT_EQ(one.next(), sample_entries);
        EXPECT_EQ(one.file_system().find_path("thief"), nullptr) << cut;
        EXPECT_NE(one.file_system().find_path("d/e/pieces"), nullptr) << cut;
        ASSERT_EQ(one.problems().size(), 2U) << cut;
        EXPECT_NE(std::ranges::find(one.problems(), "extent-overlap", &media::Problem::code),
                  one.problems().end());
        EXPECT_NE(std::ranges::find(one.problems(), "path-duplicate", &media::Problem::code),
                  one.problems().end());
        EXPECT_EQ(one.file_system().children(media::root_nodeid).size(), 2U) << ".meta and d";
    }
}

TEST_F(MediaLogReader, WhatIsNoFamfsIsRefused) {
    bytes[0] ^= std::byte{1};
    const LogReader none(bytes, sizes);
    ASSERT_TRUE(none.refusal());
    EXPECT_EQ(none.refusal()->code, EMEDIUMTYPE);
}

} // namespace
} // namespace famfs::test
