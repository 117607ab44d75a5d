// SPDX-License-Identifier: GPL-2.0-only
// Every field of the superblock and of the log header, and images that end too early.
#include "tests/unit/media_broken.h"

#include <gtest/gtest.h>

namespace famfs::test {
namespace {

using media::gibibyte;
using media::LogHeader;
using media::mebibyte;
using media::Superblock;

constexpr std::uint64_t ones = ~0ULL;
using Values = std::vector<std::uint64_t>;

TEST(MediaBroken, TheSampleIsSound) {
    expect_findings({{.name = "no damage", .damage = undamaged}});
}

TEST(MediaBroken, SuperblockIdentity) {
    std::vector<Variant> variants;
    for (const std::uint64_t magic : Values{0ULL, ones, 0x87B282FEULL, 0x87B28300ULL, 0x187B282FFULL})
        variants.push_back({.name = "magic " + std::to_string(magic),
                            .damage = superblock([magic](Superblock &s) { s.magic = magic; }),
                            .findings = {superblock_error("superblock-magic", 0)},
                            .refusal = EMEDIUMTYPE});
    for (const std::uint64_t version : Values{0ULL, ones, 47ULL, 49ULL})
        variants.push_back({.name = "version " + std::to_string(version),
                            .damage = superblock([version](Superblock &s) { s.version = version; }),
                            .findings = {superblock_error("superblock-version", 8)},
                            .refusal = ENOTSUP});
    for (const std::uint32_t major : {0U, 1U, 3U, ~0U})
        variants.push_back({.name = "omf major " + std::to_string(major),
                            .damage = superblock([major](Superblock &s) { s.omf_major = major; }),
                            .findings = {superblock_error("superblock-omf-major", 40)},
                            .refusal = ENOTSUP});
    variants.push_back({.name = "label of a secondary device",
                        .damage = superblock([](Superblock &s) {
                            s.flags = 2;
                            s.log_offset = 0;
                            s.log_length = 0;
                        }),
                        .findings = {superblock_error("superblock-secondary", 104)},
                        .refusal = EMEDIUMTYPE});
    expect_findings(variants);
}

TEST(MediaBroken, SuperblockGeometry) {
    std::vector<Variant> variants;
    for (const std::uint64_t unit :
         Values{0ULL, ones, 4095ULL, 8192ULL, 0x1FFFFFULL, 0x200001ULL, 0x400000ULL})
        variants.push_back({.name = "allocation unit " + std::to_string(unit),
                            .damage = superblock([unit](Superblock &s) { s.alloc_unit = unit; }),
                            .findings = {superblock_error("superblock-alloc-unit", 32)},
                            .refusal = EUCLEAN});
    for (const std::uint64_t offset : Values{0ULL, ones, 0x1FFFFFULL, 0x200001ULL, 0x400000ULL})
        variants.push_back({.name = "log offset " + std::to_string(offset),
                            .damage = superblock([offset](Superblock &s) { s.log_offset = offset; }),
                            .findings = {superblock_error("superblock-log-offset", 16)},
                            .refusal = EUCLEAN});
    for (const std::uint64_t length :
         Values{0ULL, ones, 48ULL, 4 * mebibyte, 8 * mebibyte - 1, 8 * mebibyte + 1, 12 * mebibyte})
        variants.push_back({.name = "log length " + std::to_string(length),
                            .damage = superblock([length](Superblock &s) { s.log_length = length; }),
                            .findings = {superblock_error("superblock-log-length", 24)},
                            .refusal = EUCLEAN});
    for (const std::uint64_t length : Values{4 * gibibyte, 1ULL << 63})
        variants.push_back({.name = "log longer than the device: " + std::to_string(length),
                            .damage = superblock([length](Superblock &s) { s.log_length = length; }),
                            .findings = {superblock_error("log-past-device", 24)},
                            .refusal = EUCLEAN});
    variants.push_back({.name = "log length does not match the header's",
                        .damage = both(superblock([](Superblock &s) { s.log_length = 16 * mebibyte; }),
                                       [](Image &image) { image.resize(18 * mebibyte); }),
                        .findings = {log_error("log-length", 8)},
                        .refusal = EUCLEAN});
    expect_findings(variants);
}

/// Wrong values that do no harm: said, and served.
TEST(MediaBroken, SuperblockDetails) {
    expect_findings({
        {.name = "allocation unit 4096", .damage = superblock([](Superblock &s) { s.alloc_unit = 4096; })},
        {.name = "omf minor 0", .damage = superblock([](Superblock &s) { s.omf_minor = 0; })},
        {.name = "omf minor 3",
         .damage = superblock([](Superblock &s) { s.omf_minor = 3; }),
         .findings = {superblock_warning("superblock-omf-minor", 44)}},
        {.name = "omf minor all ones",
         .damage = superblock([](Superblock &s) { s.omf_minor = ~0U; }),
         .findings = {superblock_warning("superblock-omf-minor", 44)}},
        {.name = "uuid zero",
         .damage = superblock([](Superblock &s) { s.uuid = {}; }),
         .findings = {superblock_warning("superblock-uuid", 48)}},
        {.name = "uuid all ones", .damage = superblock([](Superblock &s) { s.uuid = uuid_of(0xFF); })},
        {.name = "system uuid zero", .damage = superblock([](Superblock &s) { s.system_uuid = {}; })},
        {.name = "flags secondary, but with a log",
         .damage = raw(104, std::uint32_t{2}),
         .findings = {superblock_warning("superblock-flags", 104)}},
        {.name = "flags all ones",
         .damage = raw(104, ~0U),
         .findings = {superblock_warning("superblock-flags", 104)}},
        {.name = "flags primary", .damage = raw(104, std::uint32_t{1})},
        {.name = "device size zero",
         .damage = raw(112, std::uint64_t{0}),
         .findings = {superblock_error("device-size", 112)}},
        {.name = "device size below the data",
         .damage = raw(112, 10 * mebibyte - 1),
         .findings = {superblock_error("device-size", 112)}},
        {.name = "device size all ones",
         .damage = raw(112, ones),
         .findings = {superblock_error("device-size", 112)}},
        {.name = "device size one more",
         .damage = raw(112, 4 * gibibyte + 1),
         .findings = {superblock_error("device-size", 112)}},
        {.name = "device size one less: the last extent sticks out",
         .damage = raw(112, 4 * gibibyte - 1),
         .findings = {superblock_warning("device-size", 112), error("extent-past-device", pieces, 152)},
         .lost = {pieces}},
        {.name = "device path without a NUL",
         .damage = raw(136,
                       [] {
                           std::array<char, 64> path;
                           path.fill('x');
                           return path;
                       }())},
    });
}

TEST(MediaBroken, SuperblockCrc) {
    const auto crc = Image().get<std::uint64_t>(96);
    std::vector<Variant> variants;
    for (const std::uint64_t value :
         Values{0, crc + 1, crc - 1, crc ^ 1ULL << 31, crc | 1ULL << 32, crc | 1ULL << 63, ones})
        variants.push_back({.name = "crc " + std::to_string(value),
                            .damage = raw(96, value),
                            .findings = {superblock_error("superblock-crc", 96)},
                            .refusal = EUCLEAN});
    const std::vector<Field> fields = {{"log offset", 16, 8},  {"log length", 24, 8},  {"unit", 32, 8},
                                       {"omf major", 40, 4},   {"omf minor", 44, 4},   {"uuid", 48, 8},
                                       {"uuid's end", 56, 8},  {"device uuid", 64, 8}, {"its end", 72, 8},
                                       {"system uuid", 80, 8}, {"its end", 88, 8}};
    for (const FieldValue &value : field_values(fields, 0))
        variants.push_back({.name = value.name + ", CRC as before",
                            .damage = value.damage,
                            .findings = {superblock_error("superblock-crc", 96)},
                            .refusal = EUCLEAN});
    expect_findings(variants);
}

TEST(MediaBroken, LogHeader) {
    std::vector<Variant> variants;
    const auto refused = [&](std::string name, Damage damage, const char *code, std::uint64_t at) {
        variants.push_back({.name = std::move(name),
                            .damage = std::move(damage),
                            .findings = {log_error(code, at)},
                            .refusal = EUCLEAN});
    };
    const auto good = Image().get<LogHeader>(media::log_offset);
    for (const std::uint64_t magic : Values{0ULL, ones, 0xBADCAFEF00C, 0xBADCAFEF00EULL})
        refused("magic " + std::to_string(magic), log_header([magic](LogHeader &h) { h.magic = magic; }),
                "log-magic", 0);
    for (const std::uint64_t length :
         Values{0ULL, ones, 8 * mebibyte - 1, 8 * mebibyte + 1, 4 * mebibyte, 16 * mebibyte})
        refused("length " + std::to_string(length), log_header([length](LogHeader &h) { h.length = length; }),
                "log-length", 8);
    for (const std::uint64_t index : Values{0ULL, ones, 15418ULL, 15420ULL})
        refused("last index " + std::to_string(index),
                log_header([index](LogHeader &h) { h.last_index = index; }), "log-last-index", 16);
    for (const std::uint64_t crc : Values{0, ones, good.crc + 1, good.crc - 1, good.crc | 1ULL << 32})
        refused("crc " + std::to_string(crc), raw(media::log_offset + 24, crc), "log-crc", 24);
    for (const FieldValue &value : field_values({{"length", 8, 8}, {"last index", 16, 8}}, media::log_offset))
        refused(value.name + ", CRC as before", value.damage, "log-crc", 24);
    expect_findings(variants);
}

/// The two counters that no CRC covers. Slot sample_entries is empty: its seqnum is 0.
TEST(MediaBroken, LogCounters) {
    const auto next_index = [](std::uint64_t value) { return raw(media::log_offset + 40, value); };
    const auto next_seqnum = [](std::uint64_t value) { return raw(media::log_offset + 32, value); };
    const Finding other_seqnum = log_warning("log-next-seqnum", 32);
    std::vector<Variant> variants = {
        {.name = "next index 0",
         .damage = next_index(0),
         .findings = {other_seqnum, log_warning("device-surplus", 0)},
         .lost = lost_from(0)},
        {.name = "next index one less",
         .damage = next_index(sample_entries - 1),
         .findings = {other_seqnum},
         .lost = {last}},
        {.name = "next index one more",
         .damage = next_index(sample_entries + 1),
         .findings = {other_seqnum, warning("entry-incomplete", sample_entries, 0)}},
        {.name = "next index and seqnum one more",
         .damage = both(next_index(sample_entries + 1), next_seqnum(sample_entries + 1)),
         .findings = {warning("entry-incomplete", sample_entries, 0)}},
        {.name = "next index two more",
         .damage = next_index(sample_entries + 2),
         .findings = {other_seqnum, error("entry-seqnum", sample_entries, 0)}},
        {.name = "next index: the log is full",
         .damage = next_index(15420),
         .findings = {other_seqnum, error("entry-seqnum", sample_entries, 0)}},
    };
    for (const std::uint64_t value : Values{15421ULL, 1ULL << 32, 1ULL << 63, ones})
        variants.push_back({.name = "next index " + std::to_string(value),
                            .damage = next_index(value),
                            .findings = {other_seqnum, log_error("log-next-index", 40),
                                         error("entry-seqnum", sample_entries, 0)}});
    for (const std::uint64_t value : Values{0ULL, ones, sample_entries - 1ULL, sample_entries + 1ULL})
        variants.push_back({.name = "next seqnum " + std::to_string(value),
                            .damage = next_seqnum(value),
                            .findings = {other_seqnum}});
    expect_findings(variants);
}

/// The bytes end, and so does the device, as in a truncated image.
TEST(MediaBroken, CutImages) {
    std::vector<Variant> variants;
    const auto cut = [](std::uint64_t size) {
        return [size](Image &image) {
            image.resize(size);
            image.sizes[0] = size;
        };
    };
    for (const std::uint64_t size : Values{0, 1, 7, 8, 95, 96, 103, 104, 135, 136, 199})
        variants.push_back({.name = "cut at " + std::to_string(size),
                            .damage = cut(size),
                            .findings = {superblock_error("superblock-short", 0)},
                            .refusal = EMEDIUMTYPE});
    for (const std::uint64_t size :
         Values{200, 4096, 2 * mebibyte - 1, 2 * mebibyte, 2 * mebibyte + 1, 2 * mebibyte + 47,
                2 * mebibyte + 48, entry_at(plain, 0), entry_at(plain, 271), entry_at(plain, 536),
                entry_at(sample_entries, 0), entry_at(15420, 0), 10 * mebibyte - 1})
        variants.push_back({.name = "cut at " + std::to_string(size),
                            .damage = cut(size),
                            .findings = {superblock_error("log-past-device", 24)},
                            .refusal = EUCLEAN});
    expect_findings(variants);
}

/// The device is whole, and the caller read too little of it.
TEST(MediaBroken, ShortReads) {
    std::vector<Variant> variants;
    for (const std::uint64_t size :
         Values{200, 2 * mebibyte, 2 * mebibyte + 47, 2 * mebibyte + 48, entry_at(plain, 0),
                entry_at(plain, 271), entry_at(15420, 0), 10 * mebibyte - 1})
        variants.push_back({.name = "read " + std::to_string(size),
                            .damage = [size](Image &image) { image.resize(size); },
                            .findings = {log_error("log-short", 0)},
                            .refusal = EUCLEAN});
    expect_findings(variants);
}

/// The log is whole, and the device ends inside or before the data.
TEST(MediaBroken, ShortDevice) {
    const auto primary = [](std::uint64_t size) { return [size](Image &image) { image.sizes[0] = size; }; };
    const Finding too_large = superblock_error("device-size", 112);
    expect_findings({
        {.name = "ends after the log",
         .damage = primary(10 * mebibyte),
         .findings = {too_large, error("extent-past-device", plain, 144),
                      error("extent-past-device", pieces, 144), error("extent-past-device", pieces, 192),
                      error("extent-past-device", striped, 160), error("extent-past-device", striped, 208),
                      error("extent-past-device", last, 144)},
         .lost = {plain, pieces, striped, last}},
        {.name = "ends inside the first file",
         .damage = primary(12 * mebibyte),
         .findings = {too_large, error("extent-past-device", plain, 152),
                      error("extent-past-device", pieces, 144), error("extent-past-device", pieces, 192),
                      error("extent-past-device", striped, 160), error("extent-past-device", striped, 208),
                      error("extent-past-device", last, 144)},
         .lost = {plain, pieces, striped, last}},
        {.name = "one byte is missing",
         .damage = primary(4 * gibibyte - 1),
         .findings = {too_large, error("extent-past-device", pieces, 152)},
         .lost = {pieces}},
        {.name = "larger than recorded",
         .damage = primary(4 * gibibyte + 1),
         .findings = {superblock_warning("device-size", 112)}},
        {.name = "no size given: what was read is the device",
         .damage = [](Image &image) { image.sizes.clear(); },
         .findings = {too_large, error("extent-past-device", plain, 144),
                      error("extent-past-device", pieces, 144), error("extent-past-device", pieces, 192),
                      error("extent-past-device", striped, 160), error("extent-past-device", striped, 208),
                      error("extent-past-device", last, 144)},
         .lost = {plain, pieces, striped, last}},
    });
}

} // namespace
} // namespace famfs::test
