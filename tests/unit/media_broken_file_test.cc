// SPDX-License-Identifier: GPL-2.0-only
// FILE entries: attributes, extents, strips, and who has which bytes.
#include "tests/unit/media_broken.h"

#include <gtest/gtest.h>

namespace famfs::test {
namespace {

using media::FilePayload;
using media::gibibyte;
using media::LogEntry;
using media::mebibyte;
using media::MediaExtent;

using Values = std::vector<std::uint64_t>;
constexpr std::uint64_t ones = ~0ULL;
constexpr std::uint64_t unit = 2 * mebibyte;

template <class Change>
Damage file(std::uint64_t index, Change change) {
    return entry(index, [change](LogEntry &e) { change(e.file); });
}

/// One field of a file gets a value, and the file is lost for it.
template <class Set>
void add_values(std::vector<Variant> &variants, std::uint64_t index, const char *name, const Values &values,
                Set set, const char *code, std::uint64_t at) {
    for (const std::uint64_t value : values)
        variants.push_back({.name = std::string(name) + " " + std::to_string(value),
                            .damage = file(index, [set, value](FilePayload &f) { set(f, value); }),
                            .findings = {error(code, index, at)},
                            .lost = {index}});
}

TEST(MediaBroken, FileSize) {
    const auto size = [](FilePayload &f, std::uint64_t value) { f.size = value; };
    std::vector<Variant> variants = {
        {.name = "as much as the extent holds",
         .damage = file(plain, [](FilePayload &f) { f.size = 4 * mebibyte; })},
    };
    add_values(variants, plain, "size", {0, ones, 1ULL << 63}, size, "file-size", 16);
    add_values(variants, plain, "size", {4 * mebibyte + 1, 4 * gibibyte, (1ULL << 63) - 1}, size,
               "extents-short", 16);
    add_values(variants, pieces, "size of three extents", {8 * mebibyte + 1}, size, "extents-short", 16);
    expect_findings(variants);
}

TEST(MediaBroken, FileAttributes) {
    const auto odd = [](std::string name, auto change, const char *code, std::uint64_t at) {
        return Variant{
            .name = std::move(name), .damage = file(plain, change), .findings = {warning(code, plain, at)}};
    };
    expect_findings({
        {.name = "flags: all hosts read", .damage = file(plain, [](FilePayload &f) { f.flags = 1; })},
        odd(
            "flags zero", [](FilePayload &f) { f.flags = 0; }, "file-flags", 24),
        odd(
            "flags 3", [](FilePayload &f) { f.flags = 3; }, "file-flags", 24),
        odd(
            "flags all ones", [](FilePayload &f) { f.flags = ~0U; }, "file-flags", 24),
        odd(
            "mode with the file type", [](FilePayload &f) { f.mode = 0100644; }, "mode", 36),
        odd(
            "mode all ones", [](FilePayload &f) { f.mode = ~0U; }, "mode", 36),
        {.name = "mode 0", .damage = file(plain, [](FilePayload &f) { f.mode = 0; })},
        {.name = "set-uid bits", .damage = file(plain, [](FilePayload &f) { f.mode = 07777; })},
        {.name = "uid and gid all ones", .damage = file(plain, [](FilePayload &f) { f.uid = f.gid = ~0U; })},
    });
}

TEST(MediaBroken, ExtentTypeAndCount) {
    std::vector<Variant> variants;
    add_values(
        variants, plain, "extent type", {2, 3, 0xFFFFFFFF},
        [](FilePayload &f, std::uint64_t value) { f.extent_type = static_cast<std::uint32_t>(value); },
        "extent-type", 120);
    const auto count = [](FilePayload &f, std::uint64_t value) {
        f.extents = static_cast<std::uint32_t>(value);
    };
    add_values(variants, plain, "extents", {0, 17, 0xFFFFFFFF}, count, "extent-count", 128);
    add_values(variants, striped, "interleaved extents", {0, 2, 16, 0xFFFFFFFF}, count, "extent-count", 128);
    variants.push_back(
        {.name = "one extent more than was written",
         .damage = file(plain, [](FilePayload &f) { f.extents = 2; }),
         .findings = {error("extent-below-data", plain, 168), error("extent-length", plain, 176)},
         .lost = {plain}});
    variants.push_back({.name = "one extent less than was written",
                        .damage = file(pieces, [](FilePayload &f) { f.extents = 2; }),
                        .findings = {warning("entry-reserved", pieces, 194)}});
    variants.push_back(
        {.name = "simple read as interleaved",
         .damage = file(plain, [](FilePayload &f) { f.extent_type = 1; }),
         .findings = {error("interleave-strips", plain, 136), error("interleave-chunk", plain, 144)},
         .lost = {plain}});
    variants.push_back(
        {.name = "interleaved read as simple",
         .damage = file(striped, [](FilePayload &f) { f.extent_type = 0; }),
         .findings = {error("extent-device", striped, 136), warning("entry-reserved", striped, 163)},
         .lost = {striped}});
    expect_findings(variants);
}

TEST(MediaBroken, ExtentFields) {
    const auto device = [](FilePayload &f, std::uint64_t value) { f.simple[0].device = value; };
    const auto offset = [](FilePayload &f, std::uint64_t value) { f.simple[0].offset = value; };
    const auto length = [](FilePayload &f, std::uint64_t value) { f.simple[0].length = value; };
    std::vector<Variant> variants;
    add_values(variants, plain, "device", {2, 3, 1ULL << 32, 1ULL << 32 | 1, ones}, device, "extent-device",
               136);
    add_values(variants, plain, "offset", {10 * mebibyte + 1, 10 * mebibyte + 4096, 11 * mebibyte}, offset,
               "extent-alignment", 144);
    add_values(variants, plain, "offset", {0, unit, 8 * mebibyte}, offset, "extent-below-data", 144);
    add_values(variants, plain, "offset", {4 * gibibyte, 8 * gibibyte, 1ULL << 63, 0 - unit, 0 - 2 * unit},
               offset, "extent-past-device", 144);
    add_values(variants, plain, "offset: half of it past the end", {4 * gibibyte - unit}, offset,
               "extent-past-device", 152);
    add_values(variants, plain, "length", {0, 1, 4096, 4 * mebibyte + 1, 4 * mebibyte - 1}, length,
               "extent-length", 152);
    add_values(variants, plain, "length",
               {4 * gibibyte, 8 * gibibyte, 1ULL << 63, 0 - unit, 0 - 10 * mebibyte}, length,
               "extent-past-device", 152);
    add_values(variants, plain, "length shorter than the file", {unit}, length, "extents-short", 16);
    variants.push_back(
        {.name = "offset one less",
         .damage = file(plain, [](FilePayload &f) { f.simple[0].offset--; }),
         .findings = {error("extent-alignment", plain, 144), error("extent-below-data", plain, 144)},
         .lost = {plain}});
    variants.push_back(
        {.name = "offset all ones",
         .damage = file(plain, [](FilePayload &f) { f.simple[0].offset = ones; }),
         .findings = {error("extent-alignment", plain, 144), error("extent-past-device", plain, 144)},
         .lost = {plain}});
    variants.push_back(
        {.name = "length all ones",
         .damage = file(plain, [](FilePayload &f) { f.simple[0].length = ones; }),
         .findings = {error("extent-length", plain, 152), error("extent-past-device", plain, 152)},
         .lost = {plain}});
    variants.push_back(
        {.name = "another device, where the bytes are free",
         .damage = file(plain, [](FilePayload &f) { f.simple[0] = {1, 512 * mebibyte, 2 * unit}; })});
    variants.push_back({.name = "where a label would be",
                        .damage = file(last, [](FilePayload &f) { f.simple[0] = {1, 0, unit}; }),
                        .findings = {warning("extent-in-label", last, 144)}});
    expect_findings(variants);
}

/// The sample is right at 4 KiB as well; then its files may begin and end at each multiple of that, and at
/// nothing less. At 2 MiB the same places are errors.
TEST(MediaBroken, AllocationUnitOfFourKiB) {
    const Damage small_unit =
        superblock([](media::Superblock &s) { s.alloc_unit = media::small_alloc_unit; });
    std::vector<Variant> variants;
    const auto add = [&](const std::string &name, std::uint64_t index, auto change, const char *code,
                         std::uint64_t at, bool right_at_four_kib) {
        const Variant wrong{.name = name + ", 2 MiB",
                            .damage = file(index, change),
                            .findings = {error(code, index, at)},
                            .lost = {index}};
        variants.push_back(wrong);
        variants.push_back({.name = name + ", 4 KiB",
                            .damage = both(small_unit, wrong.damage),
                            .findings = right_at_four_kib ? std::vector<Finding>{} : wrong.findings,
                            .lost = right_at_four_kib ? std::set<std::uint64_t>{} : wrong.lost});
    };
    for (const auto &[offset, right] : {std::pair<std::uint64_t, bool>{4096, true},
                                        {mebibyte, true},
                                        {2 * mebibyte - 4096, true},
                                        {512, false},
                                        {4095, false},
                                        {4097, false}}) {
        const std::string by = std::to_string(offset);
        add(
            "offset by " + by, plain, [offset](FilePayload &f) { f.simple[0].offset = gibibyte + offset; },
            "extent-alignment", 144, right);
        add(
            "longer by " + by, plain,
            [offset](FilePayload &f) { f.simple[0] = {1, gibibyte, 2 * unit + offset}; }, "extent-length",
            152, right);
        add(
            "strip by " + by, striped,
            [offset](FilePayload &f) { f.interleaved.strip[1].offset = gibibyte / 2 + offset; },
            "extent-alignment", 184, right);
    }
    for (const std::uint64_t chunk : {4096, 65536, 1 << 20})
        add(
            "chunks of " + std::to_string(chunk), striped,
            [chunk](FilePayload &f) { f.interleaved.chunk = chunk; }, "interleave-chunk", 144, true);
    for (const std::uint64_t chunk : {2048, 12288})
        add(
            "chunks of " + std::to_string(chunk), striped,
            [chunk](FilePayload &f) { f.interleaved.chunk = chunk; }, "interleave-chunk", 144, false);
    expect_findings(variants);
    expect_findings({
        {.name = "neighbours in one 2 MiB",
         .damage = both(
             small_unit,
             both(file(plain, [](FilePayload &f) { f.simple[0] = {1, gibibyte, 3 * mebibyte}; }),
                  file(last, [](FilePayload &f) { f.simple[0] = {1, gibibyte + 3 * mebibyte, 4096}; })))},
        {.name = "one page of two files",
         .damage = both(
             small_unit,
             both(file(plain, [](FilePayload &f) { f.simple[0] = {1, gibibyte, 3 * mebibyte}; }),
                  file(last,
                       [](FilePayload &f) { f.simple[0] = {1, gibibyte + 3 * mebibyte - 4096, 4096}; }))),
         .findings = {error("extent-overlap", last, 144)},
         .lost = {last}},
        {.name = "one page past the device",
         .damage = both(small_unit,
                        file(last, [](FilePayload &f) { f.simple[0] = {1, 4 * gibibyte - 4096, 8192}; })),
         .findings = {error("extent-past-device", last, 152)},
         .lost = {last}},
        {.name = "the last page of the log",
         .damage = both(small_unit,
                        file(last, [](FilePayload &f) { f.simple[0] = {0, 10 * mebibyte - 4096, 4096}; })),
         .findings = {error("extent-below-data", last, 144)},
         .lost = {last}},
    });
}

/// Of several extents the bad one is named.
TEST(MediaBroken, ExtentsOfAList) {
    expect_findings({
        {.name = "second extent in the log",
         .damage = file(pieces, [](FilePayload &f) { f.simple[2] = {0, unit, unit}; }),
         .findings = {error("extent-below-data", pieces, 192)},
         .lost = {pieces}},
        {.name = "last extent past the end",
         .damage = file(pieces, [](FilePayload &f) { f.simple[2].offset = 4 * gibibyte; }),
         .findings = {error("extent-past-device", pieces, 192)},
         .lost = {pieces}},
        {.name = "two extents bad",
         .damage = file(pieces,
                        [](FilePayload &f) {
                            f.simple[0].length = 0;
                            f.simple[1].device = 7;
                        }),
         .findings = {error("extent-length", pieces, 152), error("extent-device", pieces, 160)},
         .lost = {pieces}},
        {.name = "lengths that add up past 64 bits",
         .damage = file(pieces,
                        [](FilePayload &f) {
                            for (std::size_t i = 0; i < 3; i++)
                                f.simple[i].length = 1ULL << 63;
                        }),
         .findings = {error("extent-past-device", pieces, 152), error("extent-past-device", pieces, 176),
                      error("extent-past-device", pieces, 200)},
         .lost = {pieces}},
        {.name = "sixteen extents",
         .damage = file(plain,
                        [](FilePayload &f) {
                            f.extents = 16;
                            for (std::size_t i = 0; i < 16; i++)
                                f.simple[i] = {i % 2, 512 * mebibyte + i * unit, unit};
                            f.size = 16 * unit;
                        })},
    });
}

TEST(MediaBroken, Strips) {
    const auto strips = [](FilePayload &f, std::uint64_t value) { f.interleaved.strips = value; };
    const auto chunk = [](FilePayload &f, std::uint64_t value) { f.interleaved.chunk = value; };
    std::vector<Variant> variants;
    add_values(variants, striped, "strips", {0, 17, 1ULL << 32, 1ULL << 32 | 4, ones}, strips,
               "interleave-strips", 136);
    add_values(
        variants, striped, "chunk",
        {0, 1, 4096, mebibyte, unit - 1, unit + 1, 3 * mebibyte, 6 * mebibyte, 1ULL << 41, 1ULL << 63, ones},
        chunk, "interleave-chunk", 144);
    variants.push_back(
        {.name = "one strip more than was written",
         .damage = file(striped, [](FilePayload &f) { f.interleaved.strips = 5; }),
         .findings = {error("extent-below-data", striped, 256), error("extent-length", striped, 264)},
         .lost = {striped}});
    variants.push_back({.name = "one strip less than was written",
                        .damage = file(striped, [](FilePayload &f) { f.interleaved.strips = 3; }),
                        .findings = {warning("entry-reserved", striped, 224)}});
    variants.push_back({.name = "chunks of 4 MiB",
                        .damage = file(striped, [](FilePayload &f) { f.interleaved.chunk = 4 * mebibyte; })});
    variants.push_back({.name = "chunks longer than the strips",
                        .damage = file(striped, [](FilePayload &f) { f.interleaved.chunk = 8 * mebibyte; }),
                        .findings = {error("strip-short", striped, 168), error("strip-short", striped, 192)},
                        .lost = {striped}});
    variants.push_back({.name = "the file is longer than its strips",
                        .damage = file(striped, [](FilePayload &f) { f.size = 16 * mebibyte + 1; }),
                        .findings = {error("strip-short", striped, 168)},
                        .lost = {striped}});
    variants.push_back({.name = "the file fills its strips",
                        .damage = file(striped, [](FilePayload &f) { f.size = 16 * mebibyte; })});
    variants.push_back({.name = "the longest file",
                        .damage = file(striped, [](FilePayload &f) { f.size = ones >> 1; }),
                        .findings = {error("strip-short", striped, 168), error("strip-short", striped, 192),
                                     error("strip-short", striped, 216), error("strip-short", striped, 240)},
                        .lost = {striped}});
    expect_findings(variants);
}

TEST(MediaBroken, StripFields) {
    std::vector<Variant> variants;
    const auto strip = [&](std::string name, std::size_t i, auto change, const char *code, std::uint64_t at) {
        variants.push_back(
            {.name = "strip " + std::to_string(i) + " " + std::move(name),
             .damage = file(striped, [i, change](FilePayload &f) { change(f.interleaved.strip.at(i)); }),
             .findings = {error(code, striped, 152 + 24 * i + at)},
             .lost = {striped}});
    };
    for (const std::size_t i : {0, 2}) {
        strip("on an unknown device", i, [](MediaExtent &e) { e.device = 2; }, "extent-device", 0);
        strip("misaligned", i, [](MediaExtent &e) { e.offset += 4096; }, "extent-alignment", 8);
        strip("in the log", i, [](MediaExtent &e) { e.offset = unit; }, "extent-below-data", 8);
        strip("past the device", i, [](MediaExtent &e) { e.offset = 4 * gibibyte; }, "extent-past-device", 8);
        strip(
            "partly past the device", i, [](MediaExtent &e) { e.offset = 4 * gibibyte - unit; },
            "extent-past-device", 16);
        strip("empty", i, [](MediaExtent &e) { e.length = 0; }, "extent-length", 16);
        strip("of odd length", i, [](MediaExtent &e) { e.length -= mebibyte; }, "extent-length", 16);
    }
    strip("too short", 0, [](MediaExtent &e) { e.length = unit; }, "strip-short", 16);
    variants.push_back({.name = "a strip as short as it may be", .damage = file(striped, [](FilePayload &f) {
                                                                     f.interleaved.strip[3].length = unit;
                                                                 })});
    expect_findings(variants);
}

/// Bytes that two files claim belong to the one that the log had first.
TEST(MediaBroken, Overlaps) {
    const auto place = [](std::uint64_t index, const MediaExtent &extent) {
        return file(index, [extent](FilePayload &f) { f.simple[0] = extent; });
    };
    const auto overlap = [](std::string name, Damage damage) {
        return Variant{.name = std::move(name),
                       .damage = std::move(damage),
                       .findings = {error("extent-overlap", last, 144)},
                       .lost = {last}};
    };
    const Damage refuse_plain = file(plain, [](FilePayload &f) { f.size = 0; });
    expect_findings({
        overlap("the same bytes", place(last, {0, 10 * mebibyte, 2 * unit})),
        overlap("the first half", place(last, {0, 10 * mebibyte, unit})),
        overlap("the second half", place(last, {0, 12 * mebibyte, unit})),
        overlap("more in front", both(place(plain, {0, gibibyte / 2 + unit, 2 * unit}),
                                      place(last, {0, gibibyte / 2, 2 * unit}))),
        overlap("more after", both(place(plain, {0, gibibyte / 2, 2 * unit}),
                                   place(last, {0, gibibyte / 2 + unit, 8 * unit}))),
        overlap("all of it, and more on both sides", both(place(plain, {0, gibibyte / 2 + unit, 2 * unit}),
                                                          place(last, {0, gibibyte / 2, 8 * unit}))),
        overlap("at the device's end", place(last, {0, 4 * gibibyte - unit, unit})),
        overlap("on the second device", place(last, {1, 4 * gibibyte - unit, unit})),
        {.name = "neighbours",
         .damage = both(place(plain, {0, gibibyte / 2, 2 * unit}),
                        place(last, {0, gibibyte / 2 + 2 * unit, unit}))},
        {.name = "the same bytes of another device", .damage = place(last, {1, 10 * mebibyte, unit})},
        {.name = "with a file that is refused for something else",
         .damage = both(refuse_plain, place(last, {0, 10 * mebibyte, unit})),
         .findings = {error("file-size", plain, 16), error("extent-overlap", last, 144)},
         .lost = {plain, last}},
        {.name = "with a file that is in the log before it",
         .damage = place(plain, {0, 4 * gibibyte - 2 * unit, 2 * unit}),
         .findings = {error("extent-overlap", pieces, 144)},
         .lost = {pieces}},
    });
}

TEST(MediaBroken, OverlapsInsideAFile) {
    expect_findings({
        {.name = "an extent twice",
         .damage = file(pieces, [](FilePayload &f) { f.simple[2] = f.simple[0]; }),
         .findings = {error("extent-self-overlap", pieces, 192)},
         .lost = {pieces}},
        {.name = "an extent inside another",
         .damage = file(pieces, [](FilePayload &f) { f.simple[2] = {1, 4 * gibibyte - unit, unit}; }),
         .findings = {error("extent-self-overlap", pieces, 192)},
         .lost = {pieces}},
        {.name = "a strip twice",
         .damage = file(striped, [](FilePayload &f) { f.interleaved.strip[3] = f.interleaved.strip[1]; }),
         .findings = {error("extent-self-overlap", striped, 232)},
         .lost = {striped}},
        {.name = "strips that share a chunk",
         .damage = file(striped,
                        [](FilePayload &f) {
                            f.interleaved.strip[2] = f.interleaved.strip[0];
                            f.interleaved.strip[2].offset += unit;
                        }),
         .findings = {error("extent-self-overlap", striped, 208)},
         .lost = {striped}},
    });
}

} // namespace
} // namespace famfs::test
