// SPDX-License-Identifier: GPL-2.0-only
// What we write is what we read, and what the format's own tools write.
#include "tests/support/recorder.h"
#include "tests/support/reference_images.h"
#include "tests/support/served.h"
#include "tests/support/write_session.h"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace famfs::test {
namespace {

using media::Author;
using media::FileSystem;
using media::gibibyte;
using media::LogEntry;
using media::LogHeader;
using media::mebibyte;
using nlohmann::json;
using testing::HasSubstr;

TEST(MediaWrite, ReadsBackWhatWasWritten) {
    Session session({4 * gibibyte, 4 * gibibyte});
    Author &author = *session.author;
    sound(author.make_directory("a/b", {5, 6, 0710}, true));
    const auto plain = sound(author.prepare("a/plain", 5 * mebibyte, {1000, 100, 0640}, {}));
    const auto striped =
        sound(author.prepare("a/b/striped", 77 * mebibyte + 5, {1, 2, 0600}, {.strips = 4, .chunk = unit}));
    const auto before = session.devices.metadata();
    sound(author.commit(striped)); // in another order than they were prepared
    sound(author.commit(plain));
    EXPECT_FALSE(same(session.devices.metadata(), before));

    const FileSystem fs = session.devices.parse();
    for (const media::Problem &problem : fs.problems())
        ADD_FAILURE() << problem.message;
    const media::Node *directory = fs.find_path("a/b");
    ASSERT_NE(directory, nullptr);
    EXPECT_TRUE(directory->directory);
    EXPECT_EQ(std::tuple(directory->uid, directory->gid, directory->mode), std::tuple(5, 6, 0710));
    for (const media::NewFile *file : {&plain, &striped}) {
        const media::Node *node = fs.find_path(file->path);
        ASSERT_NE(node, nullptr);
        EXPECT_FALSE(node->directory);
        EXPECT_EQ(std::tuple(node->uid, node->gid, node->mode),
                  std::tuple(file->attributes.uid, file->attributes.gid, file->attributes.mode));
        EXPECT_EQ(node->map.size, file->map.size);
        EXPECT_EQ(node->map.chunk, file->map.chunk);
        EXPECT_EQ(places(node->map), places(file->map));
    }
    const auto fault = ServedCheck(fs).fault();
    EXPECT_FALSE(fault) << *fault;
}

/// More names and extents than fit in one block of memory.
TEST(MediaWrite, NodesStayWhereTheyAreWhenTheirFileSystemMoves) {
    constexpr int files = 4000;
    Session session({16 * gibibyte});
    const auto name = [](int number) {
        return "a name of more than sixteen bytes " + std::to_string(number);
    };
    for (int number = 0; number < files; number++)
        session.file(name(number), static_cast<std::uint64_t>(number) + 1);
    FileSystem first = session.devices.parse();
    const media::Node *node = first.find_path(name(0));
    const FileSystem fs = std::move(first);
    EXPECT_EQ(fs.find_path(name(0)), node);
    for (int number = 0; number < files; number++) {
        const media::Node &found = fs.nodes().at(static_cast<std::size_t>(number) + 4);
        ASSERT_EQ(found.name, name(number));
        ASSERT_EQ(found.map.size, static_cast<std::uint64_t>(number) + 1);
    }
    const auto fault = ServedCheck(fs).fault();
    EXPECT_FALSE(fault) << *fault;
}

TEST(MediaWrite, LongestNameAndOneMore) {
    Session session;
    session.file(std::string(79, 'n'), 1);
    const auto before = session.devices.metadata();
    EXPECT_EQ(session.prepare(std::string(80, 'n')), ENAMETOOLONG);
    EXPECT_EQ(session.prepare(std::string(300, 'n')), ENAMETOOLONG);
    EXPECT_EQ(session.directory(std::string(80, 'd')), ENAMETOOLONG);
    EXPECT_TRUE(same(session.devices.metadata(), before));
    EXPECT_NE(session.devices.parse().find_path(std::string(79, 'n')), nullptr);
}

TEST(MediaWrite, NamesThatAreRefused) {
    Session session;
    session.file("file", 1);
    ASSERT_EQ(session.directory("dir"), 0);
    ASSERT_EQ(session.prepare("prepared"), 0);
    const auto before = session.devices.metadata();
    const std::vector<std::pair<std::string, int>> names = {
        {"", EINVAL},        {"/x", EINVAL},       {"..", EINVAL},          {"../../evil", EINVAL},
        {"dir/", EINVAL},    {"dir//x", EINVAL},   {"dir/./x", EINVAL},     {".meta", EINVAL},
        {".meta/x", EINVAL}, {"none/x", ENOENT},   {"file/x", ENOTDIR},     {"file", EEXIST},
        {"dir", EEXIST},     {"prepared", EEXIST}, {"prepared/x", ENOTDIR}, {std::string("a\0b", 3), EINVAL},
    };
    for (const auto &[name, error] : names) {
        EXPECT_EQ(session.prepare(name), error) << name;
        EXPECT_EQ(session.directory(name), error) << name;
    }
    EXPECT_TRUE(same(session.devices.metadata(), before));
}

TEST(MediaWrite, ParentsAsMkdirMakesThem) {
    Session session;
    EXPECT_EQ(session.directory("a/b/c"), ENOENT);
    EXPECT_EQ(session.directory("a/b/c", true), 0);
    EXPECT_EQ(session.directory("a/b/c", true), 0) << "is there already";
    EXPECT_EQ(session.directory("a/b/c"), EEXIST);
    session.file("a/file", 1);
    EXPECT_EQ(session.directory("a/file", true), EEXIST);
    EXPECT_EQ(session.directory("a/file/x/y", true), EEXIST);
    EXPECT_EQ(session.devices.parse().usage().log_used, 4U);
    session.reopen();
    EXPECT_EQ(session.directory("a/b/c", true), 0) << "is there in the log";
    EXPECT_EQ(session.directory("a/b/d", true), 0);
    EXPECT_EQ(session.devices.parse().usage().log_used, 5U);
}

/// With directories, in one session.
void fill(Session &session, int slots) {
    auto log = sound(
        media::LogWriter::open(session.devices.primary(), *session.checked, *session.devices.write_back));
    for (int i = 0; i < slots; i++)
        sound(log.append(media::make_directory_entry("d" + std::to_string(i), {0, 0, 0755})));
}

/// A slot is free as long as its index is at most last_index.
TEST(MediaWrite, TheLogIsFull) {
    Session session;
    fill(session, 15418);
    session.reopen();
    const auto prepared = sound(session.author->prepare("one", 1, {}, {}));
    ASSERT_EQ(session.directory("two"), 0);
    EXPECT_EQ(session.directory("three"), ENOSPC) << "it would take the prepared file's slot";
    EXPECT_EQ(session.prepare("three"), ENOSPC);
    ASSERT_TRUE(session.author->commit(prepared));
    const auto before = session.devices.metadata();
    EXPECT_EQ(session.directory("four"), ENOSPC);
    EXPECT_EQ(session.author->commit(prepared).error().code, ENOSPC);
    session.reopen();
    EXPECT_EQ(session.prepare("four"), ENOSPC);
    EXPECT_EQ(session.directory("four"), ENOSPC);
    EXPECT_TRUE(same(session.devices.metadata(), before));
    EXPECT_EQ(session.checked->usage().log_used, session.checked->usage().log_slots);
    EXPECT_TRUE(session.checked->problems().empty());
}

/// Where every slot holds a whole entry, only last_index keeps a reader from going on beyond the log.
TEST(MediaWrite, NextIndexBehindAFullLog) {
    Session session;
    fill(session, 15420);
    auto bytes = session.devices.metadata();
    for (const std::uint64_t next_index : std::vector<std::uint64_t>{15421, 1ULL << 32, ~0ULL}) {
        media::store(std::span(bytes), media::log_offset + 40, next_index);
        const FileSystem fs = FileSystem::parse(bytes, session.devices.sizes()).value();
        EXPECT_EQ(fs.usage().log_used, 15420U);
        EXPECT_EQ(fs.usage().directories, 15420U);
        ASSERT_EQ(fs.problems().size(), 2U);
        EXPECT_EQ(fs.problems()[0].code, "log-next-seqnum");
        EXPECT_EQ(fs.problems()[1].code, "log-next-index");
        EXPECT_EQ(media::recorded_device_sizes(bytes), session.devices.sizes());
    }
}

TEST(MediaWrite, TheDeviceIsFull) {
    Session session;
    session.file("big", 4 * gibibyte - 10 * mebibyte - unit);
    const auto before = session.devices.metadata();
    EXPECT_EQ(session.prepare("too big", unit + 1), ENOSPC);
    EXPECT_EQ(session.author->kind("too big"), Author::Kind::none) << "the name stays free";
    EXPECT_TRUE(same(session.devices.metadata(), before));
    session.file("too big", unit);
    EXPECT_EQ(session.prepare("more"), ENOSPC);
    session.reopen();
    EXPECT_EQ(session.prepare("more"), ENOSPC);
    EXPECT_EQ(session.checked->usage().largest_free_run, 0U);
}

TEST(MediaWrite, NothingBeforeCommit) {
    Session session;
    const auto before = session.devices.metadata();
    sound(session.author->prepare("file", 100 * mebibyte, {}, {}));
    EXPECT_TRUE(same(session.devices.metadata(), before));
    session.reopen();
    EXPECT_EQ(session.prepare("file", 4 * gibibyte - 10 * mebibyte), 0) << "no space is lost";
}

/// Entry, write-back, fence; only then the counters, write-back, fence; and no line more than that.
TEST(MediaWrite, CommitProtocol) {
    const Session session;
    const std::span<const std::byte> bytes = session.devices.primary();
    std::vector<std::uint64_t> next_index;
    Recorder recorder(bytes, [&](const Recorder::Step &) {
        const auto header = media::snapshot<LogHeader>(bytes, media::log_offset);
        EXPECT_EQ(header.next_index, header.next_seqnum);
        EXPECT_EQ(media::snapshot<LogEntry>(bytes, media::entry_offset(0)).type, 1U) << "the entry is there";
        next_index.push_back(header.next_index);
    });
    auto author = sound(Author::open(session.devices.primary(), *session.checked, recorder));
    ASSERT_TRUE(author.make_directory("d", {}, false));
    ASSERT_EQ(recorder.steps.size(), 4U);
    EXPECT_FALSE(recorder.steps[0].fence);
    EXPECT_EQ(recorder.steps[0].offset, media::entry_offset(0));
    EXPECT_EQ(recorder.steps[0].length, sizeof(LogEntry));
    EXPECT_TRUE(recorder.steps[1].fence);
    EXPECT_FALSE(recorder.steps[2].fence);
    EXPECT_EQ(recorder.steps[2].offset, media::log_offset);
    EXPECT_EQ(recorder.steps[2].length, sizeof(LogHeader));
    EXPECT_TRUE(recorder.steps[3].fence);
    EXPECT_EQ(next_index, (std::vector<std::uint64_t>{0, 0, 1, 1}));
}

TEST(MediaWrite, NoWriterWhereTheLogIsNotWhole) {
    Session session;
    session.file("file", 1);
    auto entry = media::snapshot<LogEntry>(session.devices.primary(), media::entry_offset(0));
    entry.crc++;
    media::store(session.devices.primary(), media::entry_offset(0), entry);
    const FileSystem torn = session.devices.parse();
    EXPECT_FALSE(media::has_errors(torn.problems()));
    EXPECT_EQ(Author::open(session.devices.primary(), torn, *session.devices.write_back).error().code, EBUSY);
}

/// The reference's log, made again with its uuids, names and sizes: a session per entry, so that the space
/// comes from the log each time. Names and sizes come from the JSON, everything else from our code.
class MediaWriteLikeReference : public testing::TestWithParam<std::string> {
protected:
    MediaWriteLikeReference() : reference_(GetParam()), devices_({reference_.bytes().size()}) {
        const json &superblock = reference_.json.at("superblock");
        sound(media::mkfs(
            {devices_.primary(), superblock.at("dd_daxdev"), uuid_from(superblock.at("dev_uuid"))}, {},
            {.log_length = superblock.at("log_len"),
             .system_uuid = uuid_from(superblock.at("system_uuid")),
             .uuid = uuid_from(superblock.at("uuid"))},
            *devices_.write_back));
        for (const json &entry : reference_.json.at("entries"))
            write(entry);
    }

    void write(const json &entry) {
        const FileSystem checked = devices_.parse();
        if (entry.at("type") == 3) {
            auto log = sound(media::LogWriter::open(devices_.primary(), checked, *devices_.write_back));
            sound(log.append(media::make_device_entry(entry.at("dd_index"), uuid_from(entry.at("dd_uuid")),
                                                      entry.at("dd_size"))));
            return;
        }
        const media::Attributes attributes{entry.at("uid"), entry.at("gid"), entry.at("mode")};
        Author author = sound(Author::open(devices_.primary(), checked, *devices_.write_back));
        if (entry.at("type") == 1) {
            sound(author.make_directory(entry.at("path"), attributes, false));
            return;
        }
        media::Striping striping;
        if (entry.contains("nstrips"))
            striping = {.strips = entry.at("nstrips"), .chunk = entry.at("chunk")};
        sound(author.commit(sound(author.prepare(entry.at("path"), entry.at("size"), attributes, striping))));
    }

    ReferenceImage reference_;
    TestDevices devices_;
};

/// Strips lie in buckets in random order, so where they begin is nobody's to predict; in the striped image
/// that holds for the files between them too.
void forget_places(LogEntry &entry) {
    if (entry.file.extent_type == static_cast<std::uint32_t>(media::ExtentType::interleaved))
        for (media::MediaExtent &strip : entry.file.interleaved.strip)
            strip.offset = 0;
    else
        entry.file.simple[0].offset = 0;
    entry.crc = media::crc_of(entry);
}

std::string bytes_of(const LogEntry &entry) {
    return {reinterpret_cast<const char *>(&entry), sizeof(entry)};
}

TEST_P(MediaWriteLikeReference, ByteForByte) {
    const std::span<const std::byte> ours = devices_.primary();
    const std::span<const std::byte> theirs = reference_.bytes();
    const bool striped = GetParam() == "striped";
    EXPECT_TRUE(same(ours.first(200), theirs.first(200))) << "superblock";
    EXPECT_TRUE(same(ours.subspan(media::log_offset, 48), theirs.subspan(media::log_offset, 48)))
        << "log header";
    const std::uint64_t entries = reference_.json.at("entries").size();
    for (std::uint64_t index = 0; index < entries; index++) {
        auto our = media::snapshot<LogEntry>(ours, media::entry_offset(index));
        auto their = media::snapshot<LogEntry>(theirs, media::entry_offset(index));
        if (striped) {
            forget_places(our);
            forget_places(their);
        }
        EXPECT_TRUE(bytes_of(our) == bytes_of(their)) << reference_.json.at("entries")[index];
    }
    const std::uint64_t rest = media::entry_offset(entries);
    EXPECT_TRUE(same(ours.subspan(rest, metadata_size - rest), theirs.subspan(rest, metadata_size - rest)))
        << "unused slots";
    EXPECT_TRUE(devices_.parse().problems().empty());
}

std::string test_name(const testing::TestParamInfo<std::string> &info) {
    std::string name = info.param;
    std::ranges::replace(name, '-', '_');
    return name;
}

INSTANTIATE_TEST_SUITE_P(Images, MediaWriteLikeReference, testing::ValuesIn(reference_images), test_name);

} // namespace
} // namespace famfs::test
