// SPDX-License-Identifier: GPL-2.0-only
// What any log entry can have wrong (seqnum, type, CRC, torn, paths), and MKDIR and ADD_DAXDEV entries. FILE
// entries: media_broken_file_test.cc.
#include "tests/unit/media_broken.h"

#include <gtest/gtest.h>

namespace famfs::test {
namespace {

using media::DevicePayload;
using media::gibibyte;
using media::LogEntry;
using media::mebibyte;
using media::MkdirPayload;

using Values = std::vector<std::uint64_t>;
constexpr std::uint64_t ones = ~0ULL;

/// Nothing after the ADD_DAXDEV entry is read, so the second device given has no record.
const Finding surplus = log_warning("device-surplus", 0);

/// The damage's findings in an entry that is not the last: everything from it on is lost.
Variant stops_at(std::uint64_t index, std::string name, Damage damage, const char *code, std::uint64_t at) {
    Variant variant{.name = std::move(name),
                    .damage = std::move(damage),
                    .findings = {error(code, index, at)},
                    .lost = lost_from(index)};
    if (index == second_device)
        variant.findings.push_back(surplus);
    return variant;
}

Variant last_is_incomplete(std::string name, Damage damage, std::uint64_t at) {
    return {.name = std::move(name),
            .damage = std::move(damage),
            .findings = {warning("entry-incomplete", last, at)},
            .lost = {last}};
}

TEST(MediaBroken, EntrySeqnum) {
    std::vector<Variant> variants;
    for (const std::uint64_t index : {second_device, directory, plain, striped})
        for (const std::uint64_t value : Values{0, ones, index + 1, index - 1})
            if (value != index)
                variants.push_back(
                    stops_at(index, "entry " + std::to_string(index) + " seqnum " + std::to_string(value),
                             entry(index, [value](LogEntry &e) { e.seqnum = value; }), "entry-seqnum", 0));
    for (const std::uint64_t value : Values{0, ones, last + 1, last - 1})
        variants.push_back(last_is_incomplete("last seqnum " + std::to_string(value),
                                              entry(last, [value](LogEntry &e) { e.seqnum = value; }), 0));
    expect_findings(variants);
}

TEST(MediaBroken, EntryType) {
    std::vector<Variant> variants;
    for (const std::uint32_t type : {2U, 4U, 5U, ~0U}) {
        const auto damage = [type](LogEntry &e) { e.type = type; };
        for (const std::uint64_t index : {second_device, directory, plain, striped, last})
            variants.push_back(stops_at(index,
                                        "entry " + std::to_string(index) + " type " + std::to_string(type),
                                        entry(index, damage), "entry-type", 8));
    }
    variants.push_back(
        {.name = "MKDIR as FILE",
         .damage = entry(inner_directory, [](LogEntry &e) { e.type = 0; }),
         .findings = {error("file-size", inner_directory, 16), warning("file-flags", inner_directory, 24),
                      error("extent-count", inner_directory, 128), error("path-empty", inner_directory, 40),
                      error("path-parent", pieces, 40)},
         .lost = {inner_directory, pieces}});
    expect_findings(variants);
}

TEST(MediaBroken, EntryCrc) {
    std::vector<Variant> variants;
    for (const std::uint64_t index : {second_device, inner_directory, plain, striped, last}) {
        const auto crc = Image().get<std::uint64_t>(entry_at(index, 536));
        for (const std::uint64_t value : Values{0, ones, crc + 1, crc - 1, crc | 1ULL << 32}) {
            const std::string name = "entry " + std::to_string(index) + " crc " + std::to_string(value);
            const Damage damage = raw(entry_at(index, 536), value);
            variants.push_back(index == last ? last_is_incomplete(name, damage, 536)
                                             : stops_at(index, name, damage, "entry-crc", 536));
        }
    }
    expect_findings(variants);
}

/// Each field of each kind of entry, changed without its CRC.
TEST(MediaBroken, EntryFieldsUnderTheCrc) {
    const std::vector<Field> of_file = {
        {"type", 8, 4},         {"pad", 12, 4},     {"size", 16, 8},    {"flags", 24, 4},
        {"uid", 28, 4},         {"gid", 32, 4},     {"mode", 36, 4},    {"path", 40, 8},
        {"path's end", 112, 8}, {"kind", 120, 4},   {"pad1", 124, 4},   {"count", 128, 4},
        {"pad2", 132, 4},       {"device", 136, 8}, {"offset", 144, 8}, {"length", 152, 8},
        {"second", 160, 8},     {"unused", 528, 8},
    };
    const std::vector<Field> of_directory = {{"uid", 16, 4},  {"gid", 20, 4},         {"mode", 24, 4},
                                             {"path", 28, 8}, {"path's end", 100, 8}, {"unused", 528, 8}};
    const std::vector<Field> of_device = {
        {"size", 16, 8}, {"uuid", 24, 8}, {"its end", 32, 8}, {"index", 40, 4}};
    std::vector<Variant> variants;
    const auto add = [&](std::uint64_t index, const std::vector<Field> &fields) {
        for (const FieldValue &value : field_values(fields, entry_at(index, 0)))
            variants.push_back(stops_at(index, "entry " + std::to_string(index) + " " + value.name,
                                        value.damage, "entry-crc", 536));
    };
    add(plain, of_file);
    add(inner_directory, of_directory);
    add(second_device, of_device);
    expect_findings(variants);
}

/// No byte of an entry can change unseen, whatever the format says it is.
TEST(MediaBroken, EveryByteOfEveryEntry) {
    Image image;
    for (std::uint64_t index = 0; index < sample_entries; index++) {
        for (std::uint64_t at = 0; at < 544; at++) {
            std::byte &byte = image.bytes[entry_at(index, at)];
            byte ^= std::byte{0x40};
            const auto found = media::FileSystem::inspect(image.bytes, image.sizes);
            byte ^= std::byte{0x40};
            ASSERT_TRUE(found.file_system);
            ASSERT_EQ(found.file_system->usage().log_used, index) << "byte " << at;
            ASSERT_EQ(found.problems.front().entry, static_cast<std::int64_t>(index)) << "byte " << at;
            ASSERT_EQ(media::has_errors(found.problems), index != last) << "byte " << at;
        }
    }
}

/// The first bytes of the entry are there, the rest is as the slot was.
TEST(MediaBroken, TornEntry) {
    const auto torn = [](std::uint64_t index, std::uint64_t at) {
        return [index, at](Image &image) {
            std::fill_n(image.bytes.data() + entry_at(index, at), 544 - at, std::byte{0});
        };
    };
    std::vector<Variant> variants;
    for (const std::uint64_t at : {8, 16, 64, 128, 136, 152, 160, 512, 536}) {
        variants.push_back(last_is_incomplete("last torn at " + std::to_string(at), torn(last, at), 536));
        variants.push_back(
            stops_at(plain, "middle torn at " + std::to_string(at), torn(plain, at), "entry-crc", 536));
    }
    variants.push_back(last_is_incomplete("last is zeros", torn(last, 0), 0));
    variants.push_back(stops_at(plain, "middle is zeros", torn(plain, 0), "entry-seqnum", 0));
    variants.push_back(stops_at(second_device, "first is zeros", torn(second_device, 0), "entry-crc", 536));
    expect_findings(variants);
}

/// Bytes that mean nothing: the entry counts, and they are said with their place.
TEST(MediaBroken, ReservedBytes) {
    std::vector<Variant> variants;
    const auto nonzero = [&](std::uint64_t index, std::uint64_t at) {
        variants.push_back(
            {.name = "entry " + std::to_string(index) + " byte " + std::to_string(at),
             .damage = entry(index, [at](LogEntry &e) { reinterpret_cast<char *>(&e)[at] = 1; }),
             .findings = {warning("entry-reserved", index, at)}});
    };
    for (const std::uint64_t at : {12, 15, 49, 119, 124, 132, 160, 519, 520, 535})
        nonzero(plain, at);
    for (const std::uint64_t at : {13, 125, 133, 208, 520})
        nonzero(pieces, at);
    for (const std::uint64_t at : {248, 535})
        nonzero(striped, at);
    for (const std::uint64_t at : {12, 32, 107, 108, 535})
        nonzero(inner_directory, at);
    for (const std::uint64_t at : {14, 44, 47, 48, 535})
        nonzero(second_device, at);
    expect_findings(variants);
}

struct BadPath {
    std::string name;
    std::string path;
    const char *code;
};

const std::vector<BadPath> bad_paths = {
    {"out of the root", "../../evil", "path-component"},
    {"up in the middle", "d/../x", "path-component"},
    {"up at the end", "d/..", "path-component"},
    {"two dots", "..", "path-component"},
    {"one dot", ".", "path-component"},
    {"dot in the middle", "d/./x", "path-component"},
    {"dot at the end", "d/.", "path-component"},
    {"two slashes", "d//x", "path-component"},
    {"slash at the end", "x/", "path-component"},
    {"absolute", "/etc/passwd", "path-absolute"},
    {"only a slash", "/", "path-absolute"},
    {"empty", "", "path-empty"},
    {"no NUL", std::string(80, 'x'), "path-unterminated"},
    {"no NUL, hostile bytes", std::string(80, '\x9b'), "path-unterminated"},
    {"the server's own directory", ".meta", "path-reserved"},
    {"in the server's own directory", ".meta/.log", "path-reserved"},
    {"no such parent", "none/x", "path-parent"},
    {"a parent that comes later", "last/x", "path-parent"},
    {"an escape sequence in the name", "none/\x1b[2J\n", "path-parent"},
    {"a name that is there", "d", "path-duplicate"},
};

media::Path field_of(const std::string &path) {
    media::Path field{};
    path.copy(field.data(), field.size());
    return field;
}

TEST(MediaBroken, Paths) {
    std::vector<Variant> variants;
    for (const BadPath &bad : bad_paths) {
        const media::Path path = field_of(bad.path);
        Variant in_file{.name = "FILE: " + bad.name,
                        .damage = entry(plain, [path](LogEntry &e) { e.file.path = path; }),
                        .findings = {error(bad.code, plain, 40)},
                        .lost = {plain}};
        Variant in_directory{
            .name = "MKDIR: " + bad.name,
            .damage = entry(inner_directory, [path](LogEntry &e) { e.mkdir.path = path; }),
            .findings = {error(bad.code, inner_directory, 28), error("path-parent", pieces, 40)},
            .lost = {inner_directory, pieces}};
        variants.push_back(std::move(in_file));
        variants.push_back(std::move(in_directory));
    }
    expect_findings(variants);
}

TEST(MediaBroken, PathsAmongEachOther) {
    const auto path = [](std::uint64_t index, const std::string &text) {
        return entry(index, [field = field_of(text), index](LogEntry &e) {
            (index == directory || index == inner_directory ? e.mkdir.path : e.file.path) = field;
        });
    };
    const auto below_d_is_lost = [](std::uint64_t index) { return error("path-parent", index, 40); };
    expect_findings({
        {.name = "the parent is a file",
         .damage = path(last, "d/plain/x"),
         .findings = {error("path-parent", last, 40)},
         .lost = {last}},
        {.name = "a file's name again",
         .damage = path(last, "d/plain"),
         .findings = {error("path-duplicate", last, 40)},
         .lost = {last}},
        {.name = "a file's name for a directory",
         .damage = path(inner_directory, "d/plain"),
         .findings = {error("path-duplicate", inner_directory, 28), error("path-parent", pieces, 40)},
         .lost = {inner_directory, pieces}},
        {.name = "a directory's name for a file",
         .damage = path(last, "d/e"),
         .findings = {error("path-duplicate", last, 40)},
         .lost = {last}},
        {.name = "everything below a directory that is refused",
         .damage = path(directory, "/d"),
         .findings = {error("path-absolute", directory, 28), below_d_is_lost(plain),
                      error("path-parent", inner_directory, 28), below_d_is_lost(pieces),
                      below_d_is_lost(striped)},
         .lost = {directory, plain, inner_directory, pieces, striped}},
        {.name = "a NUL inside",
         .damage = path(last, std::string("la\0st", 5)),
         .findings = {warning("entry-reserved", last, 43)}},
        {.name = "a NUL at the start",
         .damage = path(last, std::string("\0last", 5)),
         .findings = {error("path-empty", last, 40), warning("entry-reserved", last, 41)},
         .lost = {last}},
        {.name = "the longest name", .damage = path(last, std::string(79, 'x'))},
        {.name = "a name that only begins like .meta", .damage = path(last, ".metadata")},
        {.name = ".meta below another directory", .damage = path(last, "d/.meta")},
        {.name = "dots in a name", .damage = path(last, "...")},
        {.name = "not UTF-8", .damage = path(last, "\xff\xfe\x80")},
        {.name = "controls", .damage = path(last, "\x1b[2J\r\n\t\x7f\\")},
    });
}

TEST(MediaBroken, MkdirAttributes) {
    expect_findings({
        {.name = "mode 0", .damage = entry(directory, [](LogEntry &e) { e.mkdir.mode = 0; })},
        {.name = "mode with the file type",
         .damage = entry(directory, [](LogEntry &e) { e.mkdir.mode = 040755; }),
         .findings = {warning("mode", directory, 24)}},
        {.name = "mode all ones",
         .damage = entry(directory, [](LogEntry &e) { e.mkdir.mode = ~0U; }),
         .findings = {warning("mode", directory, 24)}},
        {.name = "uid and gid all ones",
         .damage = entry(directory, [](LogEntry &e) { e.mkdir.uid = e.mkdir.gid = ~0U; })},
    });
}

/// The second device is not used, so what lies on it is lost.
Variant without_second(std::string name, Damage damage, const char *code, std::uint64_t at) {
    return {.name = std::move(name),
            .damage = std::move(damage),
            .findings = {error(code, second_device, at), error("extent-device", pieces, 160),
                         error("extent-device", striped, 176), error("extent-device", striped, 224), surplus},
            .lost = {pieces, striped}};
}

TEST(MediaBroken, AddDevice) {
    const auto device = [](auto change) {
        return entry(second_device, [change](LogEntry &e) { change(e.device); });
    };
    std::vector<Variant> variants;
    for (const std::uint64_t size : Values{0, 4096, 2 * mebibyte, 1ULL << 63, ones})
        variants.push_back(without_second("size " + std::to_string(size),
                                          device([size](DevicePayload &d) { d.size = size; }), "device-size",
                                          16));
    for (const std::uint32_t index : {0U, 2U, ~0U})
        variants.push_back(without_second("index " + std::to_string(index),
                                          device([index](DevicePayload &d) { d.index = index; }),
                                          "device-index", 40));
    variants.push_back(without_second(
        "the primary's uuid", device([](DevicePayload &d) { d.uuid = uuid_of(1); }), "device-duplicate", 24));
    for (const std::uint64_t size : Values{4 * gibibyte + 1, 1ULL << 62})
        variants.push_back({.name = "larger than it is: " + std::to_string(size),
                            .damage = device([size](DevicePayload &d) { d.size = size; }),
                            .findings = {error("device-size", second_device, 16)}});
    variants.push_back(
        {.name = "one byte smaller than it is",
         .damage = device([](DevicePayload &d) { d.size = 4 * gibibyte - 1; }),
         .findings = {warning("device-size", second_device, 16), error("extent-past-device", pieces, 176)},
         .lost = {pieces}});
    expect_findings(variants);
}

/// The last entry becomes a third device.
TEST(MediaBroken, AddAnotherDevice) {
    const auto third = [](std::uint32_t index, std::uint8_t uuid) {
        return entry(last, [index, uuid](LogEntry &e) {
            e = media::make_device_entry(index, uuid_of(uuid), gibibyte);
            e.seqnum = last;
        });
    };
    expect_findings({
        {.name = "right", .damage = third(2, 3), .lost = {last}},
        {.name = "an index again",
         .damage = third(1, 3),
         .findings = {error("device-index", last, 40)},
         .lost = {last}},
        {.name = "an index left out",
         .damage = third(3, 3),
         .findings = {error("device-index", last, 40)},
         .lost = {last}},
        {.name = "a uuid again",
         .damage = third(2, 2),
         .findings = {error("device-duplicate", last, 24)},
         .lost = {last}},
        {.name = "index and uuid again",
         .damage = third(1, 2),
         .findings = {error("device-index", last, 40), error("device-duplicate", last, 24)},
         .lost = {last}},
    });
}

TEST(MediaBroken, DevicesAtHand) {
    const auto sizes = [](Values given) { return [given](Image &image) { image.sizes = given; }; };
    expect_findings({
        {.name = "the second is not given",
         .damage = sizes({4 * gibibyte}),
         .findings = {error("device-missing", pieces, 160)},
         .lost = {pieces, striped}},
        {.name = "the second is said not to be there",
         .damage = sizes({4 * gibibyte, 0}),
         .findings = {error("device-missing", pieces, 160)},
         .lost = {pieces, striped}},
        {.name = "one more than the log has",
         .damage = sizes({4 * gibibyte, 4 * gibibyte, gibibyte}),
         .findings = {surplus}},
        {.name = "the second was cut",
         .damage = sizes({4 * gibibyte, 4 * gibibyte - 1}),
         .findings = {error("device-size", second_device, 16), error("extent-past-device", pieces, 176)},
         .lost = {pieces}},
        {.name = "the second has grown",
         .damage = sizes({4 * gibibyte, 5 * gibibyte}),
         .findings = {warning("device-size", second_device, 16)}},
    });
}

} // namespace
} // namespace famfs::test
