// SPDX-License-Identifier: GPL-2.0-only
// Every reference image parses to exactly its JSON, has no problem, and its files' contents are found.
#include "daemon/media/format/bytes.h"
#include "daemon/media/tree/file_system.h"
#include "loader/record_store.h"
#include "tests/support/layouts.h"
#include "tests/support/reference_images.h"
#include "tests/support/served.h"

#include <gtest/gtest.h>
#include <iomanip>
#include <numeric>
#include <openssl/evp.h>
#include <sstream>

namespace famfs::test {
namespace {

using media::EntryType;
using media::FileSystem;
using media::LogEntry;
using nlohmann::json;

class MediaReference : public testing::TestWithParam<std::string> {
protected:
    MediaReference() : image_(GetParam()) {}

    [[nodiscard]] FileSystem parse() const {
        const std::uint64_t size = image_.bytes().size();
        auto parsed = FileSystem::parse(image_.bytes(), std::span(&size, 1));
        if (!parsed)
            throw std::runtime_error(parsed.error().message());
        return std::move(*parsed);
    }

    ReferenceImage image_;
};

TEST_P(MediaReference, SuperblockIsItsJson) {
    const FileSystem fs = parse();
    const media::Superblock &superblock = fs.superblock();
    const json &expected = image_.json.at("superblock");
    EXPECT_EQ(superblock.magic, expected.at("magic"));
    EXPECT_EQ(superblock.version, expected.at("version"));
    EXPECT_EQ(superblock.log_offset, expected.at("log_offset"));
    EXPECT_EQ(superblock.log_length, expected.at("log_len"));
    EXPECT_EQ(superblock.alloc_unit, expected.at("alloc_unit"));
    EXPECT_EQ(superblock.omf_major, expected.at("omf_major"));
    EXPECT_EQ(superblock.omf_minor, expected.at("omf_minor"));
    EXPECT_EQ(superblock.uuid, uuid_from(expected.at("uuid")));
    EXPECT_EQ(superblock.device_uuid, uuid_from(expected.at("dev_uuid")));
    EXPECT_EQ(superblock.system_uuid, uuid_from(expected.at("system_uuid")));
    EXPECT_EQ(superblock.crc, expected.at("crc"));
    EXPECT_EQ(superblock.flags, expected.at("flags"));
    EXPECT_EQ(superblock.device_size, expected.at("dd_size"));
    EXPECT_EQ(superblock.unused_uuid, uuid_from(expected.at("dd_uuid")));
    EXPECT_STREQ(superblock.device_path.data(), expected.at("dd_daxdev").get<std::string>().c_str());
}

TEST_P(MediaReference, LogHeaderIsItsJson) {
    const FileSystem fs = parse();
    const media::LogHeader &header = fs.log_header();
    const json &expected = image_.json.at("log");
    EXPECT_EQ(header.magic, expected.at("magic"));
    EXPECT_EQ(header.length, expected.at("len"));
    EXPECT_EQ(header.last_index, expected.at("last_index"));
    EXPECT_EQ(header.crc, expected.at("crc"));
    EXPECT_EQ(header.next_seqnum, expected.at("next_seqnum"));
    EXPECT_EQ(header.next_index, expected.at("next_index"));
    EXPECT_EQ(header.next_index, image_.json.at("entries").size());
}

std::string path_of(const FileSystem &fs, const media::Node &node) {
    const std::string above =
        node.parent == media::root_nodeid ? "" : path_of(fs, *fs.find(node.parent)) + "/";
    return above + std::string(node.name);
}

base::FileMap map_of(const json &expected) {
    base::FileMap map{.nodeid = media::first_entry_nodeid + expected.at("index").get<std::uint64_t>(),
                      .generation = 0,
                      .size = expected.at("size"),
                      .chunk = expected.value("chunk", 0ULL),
                      .extents = {}};
    for (const json &extent : expected.at(map.chunk == 0 ? "extents" : "strips"))
        map.extents.push_back({extent.at(0), extent.at(1), extent.at(2)});
    return map;
}

void expect_map(const base::FileMap &found, const base::FileMap &expected) {
    EXPECT_EQ(found.nodeid, expected.nodeid);
    EXPECT_EQ(found.size, expected.size);
    EXPECT_EQ(found.chunk, expected.chunk);
    ASSERT_EQ(found.extents.size(), expected.extents.size());
    for (std::size_t i = 0; i < found.extents.size(); i++) {
        EXPECT_EQ(found.extents[i].device, expected.extents[i].device) << "extent " << i;
        EXPECT_EQ(found.extents[i].offset, expected.extents[i].offset) << "extent " << i;
        EXPECT_EQ(found.extents[i].length, expected.extents[i].length) << "extent " << i;
    }
}

/// A node of the namespace as the entry says it.
void expect_node(const FileSystem &fs, const json &expected, bool directory) {
    const media::Node *node = fs.find(media::first_entry_nodeid + expected.at("index").get<std::uint64_t>());
    ASSERT_NE(node, nullptr);
    EXPECT_EQ(fs.find_path(expected.at("path").get<std::string>()), node);
    EXPECT_EQ(path_of(fs, *node), expected.at("path"));
    EXPECT_EQ(node->directory, directory);
    EXPECT_EQ(node->mode, expected.at("mode"));
    EXPECT_EQ(node->uid, expected.at("uid"));
    EXPECT_EQ(node->gid, expected.at("gid"));
    if (!directory)
        expect_map(node->map, map_of(expected));
}

void expect_device(const FileSystem &fs, const json &expected) {
    const std::size_t index = expected.at("dd_index");
    ASSERT_LT(index, fs.devices().size());
    EXPECT_EQ(fs.devices()[index].size, expected.at("dd_size"));
    EXPECT_EQ(fs.devices()[index].uuid, uuid_from(expected.at("dd_uuid")));
    EXPECT_FALSE(fs.devices()[index].at_hand) << "only the primary was given";
}

/// The bytes of the entry, where the namespace does not show them.
void expect_raw(const LogEntry &entry, const json &expected) {
    EXPECT_EQ(entry.seqnum, expected.at("seq"));
    EXPECT_EQ(entry.type, expected.at("type"));
    EXPECT_EQ(entry.crc == media::crc_of(entry), expected.at("crc_ok"));
    if (entry.type != static_cast<std::uint32_t>(EntryType::file))
        return;
    EXPECT_EQ(entry.file.flags, expected.at("flags"));
    EXPECT_EQ(entry.file.extent_type, expected.at("ext_type"));
    EXPECT_EQ(entry.file.extents, expected.at("nextents"));
    if (expected.contains("nstrips")) {
        EXPECT_EQ(entry.file.interleaved.strips, expected.at("nstrips"));
    }
}

TEST_P(MediaReference, EntriesAreItsJson) {
    const FileSystem fs = parse();
    std::uint64_t nodes = 4; // root and .meta
    std::uint64_t devices = 1;
    for (const json &expected : image_.json.at("entries")) {
        SCOPED_TRACE(expected.dump());
        expect_raw(media::snapshot<LogEntry>(image_.bytes(), media::entry_offset(expected.at("index"))),
                   expected);
        const auto type = static_cast<EntryType>(expected.at("type").get<std::uint32_t>());
        if (type == EntryType::add_device) {
            devices++;
            expect_device(fs, expected);
            continue;
        }
        nodes++;
        expect_node(fs, expected, type == EntryType::mkdir);
    }
    EXPECT_EQ(fs.nodes().size(), nodes);
    EXPECT_EQ(fs.devices().size(), devices);
    EXPECT_EQ(fs.usage().log_used, image_.json.at("entries").size());
}

TEST_P(MediaReference, HasNoProblem) {
    const FileSystem fs = parse();
    for (const media::Problem &problem : fs.problems())
        ADD_FAILURE() << problem.code << ": " << problem.message;
    const auto fault = ServedCheck(fs).fault();
    EXPECT_FALSE(fault) << *fault;
}

TEST_P(MediaReference, UsageAddsUp) {
    const FileSystem fs = parse();
    const media::Usage &usage = fs.usage();
    std::uint64_t used = 0;
    std::uint64_t file_bytes = 0;
    for (const json &expected : image_.json.at("entries")) {
        if (expected.at("type") != 0)
            continue;
        file_bytes += expected.at("size").get<std::uint64_t>();
        for (const base::Extent &extent : map_of(expected).extents)
            used += extent.length;
    }
    std::uint64_t capacity = 0;
    for (std::uint64_t device = 0; device < fs.devices().size(); device++)
        capacity +=
            fs.devices()[device].size - media::data_start(device, image_.json.at("superblock").at("log_len"));
    EXPECT_EQ(usage.used, used);
    EXPECT_EQ(usage.file_bytes, file_bytes);
    EXPECT_EQ(usage.capacity, capacity);
    EXPECT_LE(usage.largest_free_run, capacity - used);
    EXPECT_EQ(usage.log_slots, image_.json.at("log").at("last_index").get<std::uint64_t>() + 1);
}

/// Look-ups as a fault makes them, over everything the image serves.
class Lookup {
public:
    explicit Lookup(const FileSystem &fs) {
        std::vector<std::uint32_t> cookies(fs.devices().size());
        std::iota(cookies.begin(), cookies.end(), 1);
        memory_ = std::move(*base::Memory::anonymous(16 << 20, "records"));
        store_ = std::move(*loader::make_arena_store(memory_.bytes(), cookies));
        for (const media::Node &node : fs.nodes())
            if (!node.directory) {
                EXPECT_TRUE(store_->publish(node.map)) << node.name;
            }
    }
    [[nodiscard]] famfs_answer at(std::uint64_t nodeid, std::uint64_t position) const {
        famfs_answer answer{};
        if (const auto status = store_->resolve(nodeid, position, answer); status != FAMFS_OK)
            throw std::runtime_error("nodeid " + std::to_string(nodeid) + ", position " +
                                     std::to_string(position) + ": status " + std::to_string(status));
        return answer;
    }

private:
    base::Memory memory_;
    std::unique_ptr<loader::RecordStore> store_;
};

std::string sha256(const Lookup &lookup, std::span<const std::byte> device, const base::FileMap &map) {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr);
    for (std::uint64_t position = 0; position < map.size;) {
        const famfs_answer answer = lookup.at(map.nodeid, position);
        const std::uint64_t inside = position - answer.offset;
        const std::uint64_t length = std::min<std::uint64_t>(answer.length - inside, map.size - position);
        EXPECT_EQ(answer.device, 1U);
        const auto part = device.subspan(answer.address + inside, length);
        EVP_DigestUpdate(context.get(), part.data(), part.size());
        position += length;
    }
    std::array<unsigned char, 32> digest{};
    EVP_DigestFinal_ex(context.get(), digest.data(), nullptr);
    std::ostringstream text;
    for (const unsigned char byte : digest)
        text << std::hex << std::setw(2) << std::setfill('0') << static_cast<unsigned>(byte);
    return text.str();
}

TEST_P(MediaReference, ContentsAreFound) {
    const FileSystem fs = parse();
    const Lookup lookup(fs);
    const bool with_contents = image_.json.at("data") == "file contents present";
    for (const json &expected : image_.json.at("entries")) {
        if (expected.at("type") != 0)
            continue;
        ASSERT_EQ(expected.contains("sha256"), with_contents) << expected.at("path");
        if (with_contents) {
            EXPECT_EQ(sha256(lookup, image_.bytes(), map_of(expected)), expected.at("sha256"))
                << expected.at("path");
        }
    }
}

/// The striped image has holes for data, so its pages are compared with a model instead.
TEST_P(MediaReference, PagesAreWhereTheModelHasThem) {
    const FileSystem fs = parse();
    const Lookup lookup(fs);
    Random random(5);
    for (const json &expected : image_.json.at("entries")) {
        if (expected.at("type") != 0)
            continue;
        SCOPED_TRACE(expected.at("path").get<std::string>());
        const base::FileMap map = map_of(expected);
        const std::vector<Place> pages = pages_of(map);
        for (const std::uint64_t position : positions_of(random, map, 20))
            ASSERT_NO_FATAL_FAILURE(expect_true_answer(pages, position, lookup.at(map.nodeid, position)));
    }
}

TEST(MediaReferenceImages, FilesOfTheFileSystemItself) {
    const ReferenceImage image("ten-files");
    const std::uint64_t size = image.bytes().size();
    const FileSystem fs = FileSystem::parse(image.bytes(), std::span(&size, 1)).value();
    const Lookup lookup(fs);
    EXPECT_EQ(fs.find_path(".meta/.superblock")->map.size, media::superblock_region);
    EXPECT_EQ(fs.find_path(".meta/.log")->map.size, media::min_log_length);
    EXPECT_EQ(lookup.at(media::superblock_nodeid, 0).address, 0U);
    EXPECT_EQ(lookup.at(media::log_nodeid, 0).address, media::log_offset);
}

std::string test_name(const testing::TestParamInfo<std::string> &info) {
    std::string name = info.param;
    std::ranges::replace(name, '-', '_');
    return name;
}

INSTANTIATE_TEST_SUITE_P(Images, MediaReference, testing::ValuesIn(reference_images), test_name);

} // namespace
} // namespace famfs::test
