// SPDX-License-Identifier: GPL-2.0-only
// bpf/mapping.h against the model of tests/support/layouts.h, and against records that contradict themselves.
#include "bpf/mapping.h"
#include "loader/record_builder.h"

#include "tests/support/layouts.h"

#include <functional>
#include <span>

namespace famfs::test {
namespace {

constexpr std::uint64_t some_nodeid = 23;
constexpr std::uint64_t largest = ~0ULL;

/// A record and its list as the programs see them.
using Sample = loader::BuiltRecord;

Sample sample_of(const base::FileMap &file) {
    auto built = loader::build_record(file, std::vector<std::uint32_t>{1, 2, 3, 4});
    if (!built)
        ADD_FAILURE() << built.error().message();
    return built.value_or(Sample{});
}

void expect_like_model(Random &random, const base::FileMap &file) {
    const Sample sample = sample_of(file);
    const std::vector<Place> pages = pages_of(file);
    for (const std::uint64_t position : positions_of(random, file, 20)) {
        SCOPED_TRACE("position " + std::to_string(position));
        famfs_answer answer{};
        ASSERT_EQ(sample.map(position, answer), FAMFS_OK);
        ASSERT_NO_FATAL_FAILURE(expect_true_answer(pages, position, answer));
    }
    famfs_answer answer{};
    EXPECT_EQ(sample.map(file.size, answer), FAMFS_PAST_END);
    EXPECT_EQ(sample.map(largest, answer), FAMFS_PAST_END);
}

TEST(Mapping, OneExtentAnswersWhole) {
    Random random(1);
    for (int i = 0; i < 500; ++i) {
        SCOPED_TRACE("file " + std::to_string(i));
        const base::FileMap file = random_list(random, some_nodeid, 4, 1);
        expect_like_model(random, file);
        famfs_answer answer{};
        ASSERT_EQ(sample_of(file).map(file.size - 1, answer), FAMFS_OK);
        EXPECT_EQ(answer.length, file.extents[0].length);
    }
}

TEST(Mapping, ListsOfAnyLength) {
    Random random(2);
    for (const std::size_t extents : {2, 3, 4, 5, 15, 16, 17, 100, 1000, 65535}) {
        for (int i = 0; i < (extents > 100 ? 3 : 100); ++i) {
            SCOPED_TRACE(std::to_string(extents) + " extents, file " + std::to_string(i));
            expect_like_model(random, random_list(random, some_nodeid, 4, extents));
        }
    }
}

TEST(Mapping, EveryExtentOfAListIsFound) {
    Random random(3);
    base::FileMap file = random_list(random, some_nodeid, 4, 37);
    file.size = 0;
    for (const base::Extent &extent : file.extents)
        file.size += extent.length;
    const Sample sample = sample_of(file);
    for (const famfs_extent &extent : std::span(sample.elements).first(sample.record.extents)) {
        for (const std::uint64_t position : {extent.position, extent.position + extent.length - 1}) {
            famfs_answer answer{};
            ASSERT_EQ(sample.map(position, answer), FAMFS_OK);
            EXPECT_EQ(answer.offset, extent.position);
            EXPECT_EQ(answer.length, extent.length);
            EXPECT_EQ(answer.address, extent.address);
        }
    }
}

TEST(Mapping, InterleavedWithOneToSixteenStrips) {
    Random random(4);
    for (std::size_t strips = 1; strips <= 16; ++strips) {
        for (int i = 0; i < 100; ++i) {
            SCOPED_TRACE(std::to_string(strips) + " strips, file " + std::to_string(i));
            expect_like_model(random, random_strips(random, some_nodeid, 4, strips));
        }
    }
}

TEST(Mapping, AnswerOfAnInterleavedFileIsOneChunk) {
    Random random(5);
    const base::FileMap file = random_strips(random, some_nodeid, 4, 5);
    famfs_answer answer{};
    ASSERT_EQ(sample_of(file).map(file.size - 1, answer), FAMFS_OK);
    EXPECT_EQ(answer.length, file.chunk);
    EXPECT_EQ(answer.offset % file.chunk, 0U);
}

TEST(Mapping, ARecordIsOnlyItsOwners) {
    Random random(6);
    Sample sample = sample_of(random_list(random, some_nodeid, 1, 1));
    famfs_answer answer{};
    EXPECT_EQ(famfs_open_record(&sample.record, some_nodeid + 1, 0), FAMFS_NOT_PUBLISHED);
    sample.record.nodeid = 0;
    EXPECT_EQ(famfs_open_record(&sample.record, some_nodeid, 0), FAMFS_NOT_PUBLISHED);
    EXPECT_EQ(sample.map(0, answer), FAMFS_NOT_PUBLISHED) << "nodeid 0 is nobody's, even in an empty record";
}

struct Contradiction {
    const char *name;
    std::function<void(Sample &)> make;
};

class Contradictions : public testing::TestWithParam<Contradiction> {};

/// Five pages on device 1, simple; or as a list of five; or as strips of one chunk of a page each.
Sample sound(famfs_record_kind kind) {
    base::FileMap file{.nodeid = some_nodeid,
                       .generation = 0,
                       .size = 5 * page,
                       .chunk = kind == FAMFS_RECORD_INTERLEAVED ? page : 0,
                       .extents = {}};
    for (std::uint64_t i = 0; i < 5; ++i)
        file.extents.push_back({0, 8 * page + 10 * i * page, page});
    if (kind == FAMFS_RECORD_SIMPLE)
        file.extents = {{0, 8 * page, 5 * page}};
    const Sample sample = sample_of(file);
    EXPECT_EQ(sample.record.kind, kind);
    return sample;
}

TEST_P(Contradictions, EveryKindIsRefused) {
    for (const auto kind : {FAMFS_RECORD_SIMPLE, FAMFS_RECORD_LIST, FAMFS_RECORD_INTERLEAVED}) {
        Sample sample = sound(kind);
        famfs_answer answer{};
        ASSERT_EQ(sample.map(page, answer), FAMFS_OK);
        GetParam().make(sample);
        EXPECT_EQ(sample.map(page, answer), FAMFS_BAD_RECORD) << "kind " << kind;
    }
}

/// Applies @change to every extent of the sample, wherever it is kept.
std::function<void(Sample &)> each_extent(const std::function<void(famfs_extent &)> &change) {
    return [change](Sample &sample) {
        for (famfs_extent &extent : sample.elements)
            change(extent);
        change(sample.record.extent);
    };
}

INSTANTIATE_TEST_SUITE_P(
    Mapping, Contradictions,
    testing::Values(Contradiction{"NoKind", [](Sample &s) { s.record.kind = FAMFS_RECORD_EMPTY; }},
                    Contradiction{
                        "UnknownKind",
                        [](Sample &s) { s.record.kind = famfs_record_kind{FAMFS_RECORD_PACKED + 1}; }},
                    Contradiction{"NoDevice", each_extent([](famfs_extent &e) { e.device = 0; })},
                    Contradiction{"EmptyExtent", each_extent([](famfs_extent &e) { e.length = 0; })},
                    Contradiction{"UnalignedAddress", each_extent([](famfs_extent &e) { e.address += 512; })},
                    Contradiction{"UnalignedLength", each_extent([](famfs_extent &e) { e.length -= 1; })},
                    Contradiction{"AddressWraps", each_extent([](famfs_extent &e) {
                                      e.address = 0 - page;
                                      e.length = 3 * page;
                                  })},
                    Contradiction{"LengthWraps", each_extent([](famfs_extent &e) {
                                      e.position = page;
                                      e.length = 0 - page;
                                      e.address = page;
                                  })}),
    [](const auto &test) { return test.param.name; });

TEST(MappingContradictions, ListCounts) {
    famfs_answer answer{};
    for (const auto kind : {FAMFS_RECORD_LIST, FAMFS_RECORD_INTERLEAVED}) {
        Sample sample = sound(kind);
        sample.record.extents = 0;
        EXPECT_EQ(sample.map(page, answer), FAMFS_BAD_RECORD);
    }
}

TEST(MappingContradictions, ExtentsThatDoNotCoverThePosition) {
    famfs_answer answer{};
    Sample gap = sound(FAMFS_RECORD_LIST);
    gap.elements[1].position += page; // the middle page belongs to nobody
    EXPECT_EQ(gap.map(page, answer), FAMFS_BAD_RECORD);
    Sample late = sound(FAMFS_RECORD_SIMPLE);
    late.record.extent.position = 2 * page;
    EXPECT_EQ(late.map(page, answer), FAMFS_BAD_RECORD);
    for (const auto kind : {FAMFS_RECORD_SIMPLE, FAMFS_RECORD_LIST, FAMFS_RECORD_INTERLEAVED}) {
        Sample short_one = sound(kind);
        short_one.record.size = 6 * page;
        EXPECT_EQ(short_one.map(5 * page, answer), FAMFS_BAD_RECORD) << "kind " << kind;
    }
    Sample unsorted = sound(FAMFS_RECORD_LIST);
    std::swap(unsorted.elements[0], unsorted.elements[2]);
    EXPECT_EQ(unsorted.map(0, answer), FAMFS_BAD_RECORD);
}

TEST(MappingContradictions, ChunkShift) {
    famfs_answer answer{};
    for (const int shift : {0, 11, 41, 63, 64, 255}) {
        Sample sample = sound(FAMFS_RECORD_INTERLEAVED);
        sample.record.shift = static_cast<std::uint8_t>(shift);
        EXPECT_EQ(sample.map(page, answer), FAMFS_BAD_RECORD) << "shift " << shift;
    }
}

TEST(MappingContradictions, PackedStrips) {
    const std::vector<std::pair<const char *, std::function<void(famfs_record &)>>> contradictions{
        {"no strip", [](famfs_record &r) { r.extents = 0; }},
        {"more strips than there is room for", [](famfs_record &r) { r.extents = 5; }},
        {"no device", [](famfs_record &r) { r.packed.strip[3] &= (1ULL << FAMFS_STRIP_PAGE_BITS) - 1; }},
        {"a division that is too small", [](famfs_record &r) { r.packed.reciprocal.multiplier /= 2; }},
        {"a division that is too large", [](famfs_record &r) { r.packed.reciprocal.multiplier *= 2; }},
        {"chunks of no page", [](famfs_record &r) { r.shift = 11; }},
    };
    Random random(8);
    base::FileMap file = random_strips(random, some_nodeid, 1, 4);
    file.size = file.chunk * 8;
    for (base::Extent &strip : file.extents)
        strip.length = 2 * file.chunk;
    for (const auto &[name, change] : contradictions) {
        Sample sample = sample_of(file);
        ASSERT_EQ(sample.record.kind, FAMFS_RECORD_PACKED);
        famfs_answer answer{};
        EXPECT_EQ(sample.map(file.size - 1, answer), FAMFS_OK);
        change(sample.record);
        if (sample.record.extents == 5) // its fifth strip: the record's own division would not lead there
            sample.record.packed.reciprocal.multiplier = 0;
        EXPECT_EQ(sample.map(sample.record.extents == 5 ? 4 * file.chunk : file.size - 1, answer),
                  FAMFS_BAD_RECORD)
            << name;
    }
}

TEST(Mapping, StripsFarOutAreNotPacked) {
    Random random(9);
    for (const std::uint64_t address : {(1ULL << 52) - page, 1ULL << 52}) {
        base::FileMap file{.nodeid = some_nodeid,
                           .generation = 0,
                           .size = 2 * page,
                           .chunk = page,
                           .extents = {{0, page, page}, {1, address, page}}};
        EXPECT_EQ(sample_of(file).record.kind,
                  address >> 52 != 0 ? FAMFS_RECORD_INTERLEAVED : FAMFS_RECORD_PACKED);
        expect_like_model(random, file);
    }
}

TEST(MappingContradictions, StripThatEndsInsideAChunk) {
    Random random(7);
    base::FileMap file = random_strips(random, some_nodeid, 1, 5);
    file.chunk = 4 * page;
    file.size = 20 * page;
    for (base::Extent &strip : file.extents)
        strip.length = 4 * page;
    Sample sample = sample_of(file);
    sample.elements[1].length -= page;
    famfs_answer answer{};
    EXPECT_EQ(sample.map(0, answer), FAMFS_OK);
    EXPECT_EQ(sample.map(4 * page, answer), FAMFS_BAD_RECORD)
        << "even its first page: the answer would be a chunk";
}

TEST(Mapping, LargestPositionsDoNotWrap) {
    famfs_answer answer{};
    Sample sample = sound(FAMFS_RECORD_SIMPLE);
    sample.record.size = largest;
    constexpr std::uint64_t last_page = (1ULL << 63) - page;
    sample.record.extent = {.position = 0, .address = page, .length = last_page, .device = 1, .reserved = 0};
    EXPECT_EQ(sample.map(last_page - 1, answer), FAMFS_OK);
    EXPECT_EQ(sample.map(last_page, answer), FAMFS_BAD_RECORD);
    sample.record.extent.length = 0 - page;
    EXPECT_EQ(sample.map(0, answer), FAMFS_BAD_RECORD);
    Sample strips = sound(FAMFS_RECORD_INTERLEAVED);
    strips.record.size = largest;
    EXPECT_EQ(strips.map(largest - 1, answer), FAMFS_BAD_RECORD);
}

TEST(Status, EveryFailureIsAnErrno) {
    EXPECT_EQ(famfs_status_errno(FAMFS_OK), 0);
    EXPECT_EQ(famfs_status_errno(FAMFS_NOT_PUBLISHED), ENOENT);
    EXPECT_EQ(famfs_status_errno(FAMFS_PAST_END), ENODATA);
    EXPECT_EQ(famfs_status_errno(FAMFS_BAD_RECORD), EIO);
    EXPECT_EQ(famfs_status_errno(FAMFS_STATUSES), EIO);
}

TEST(Operation, NamesWhatTheKernelAsksFor) {
    const std::uint32_t fault = FUSE_IOMAP_OP_FAULT | FUSE_IOMAP_OP_DAX;
    EXPECT_EQ(famfs_operation(fault, page), FAMFS_FAULT_PTE_READ);
    EXPECT_EQ(famfs_operation(fault | FUSE_IOMAP_OP_WRITE, page), FAMFS_FAULT_PTE_WRITE);
    EXPECT_EQ(famfs_operation(fault, FAMFS_HUGE_PAGE_SIZE), FAMFS_FAULT_PMD_READ);
    EXPECT_EQ(famfs_operation(fault | FUSE_IOMAP_OP_WRITE, FAMFS_HUGE_PAGE_SIZE), FAMFS_FAULT_PMD_WRITE);
    EXPECT_EQ(famfs_operation(FUSE_IOMAP_OP_DAX, FAMFS_HUGE_PAGE_SIZE), FAMFS_READ);
    EXPECT_EQ(famfs_operation(FUSE_IOMAP_OP_DAX | FUSE_IOMAP_OP_WRITE, 1), FAMFS_WRITE);
    EXPECT_EQ(famfs_operation(FUSE_IOMAP_OP_REPORT, 1), FAMFS_REPORT);
    EXPECT_EQ(famfs_operation(FUSE_IOMAP_OP_ZERO | FUSE_IOMAP_OP_WRITE, 1), FAMFS_OTHER);
    EXPECT_EQ(famfs_operation(FUSE_IOMAP_OP_UNSHARE | FUSE_IOMAP_OP_WRITE, 1), FAMFS_OTHER);
    EXPECT_EQ(famfs_operation(fault | FUSE_IOMAP_OP_UNSHARE, page), FAMFS_OTHER);
    EXPECT_EQ(famfs_operation(fault | FUSE_IOMAP_OP_ZERO, FAMFS_HUGE_PAGE_SIZE), FAMFS_OTHER);
    EXPECT_EQ(famfs_operation(fault | FUSE_IOMAP_OP_REPORT, page), FAMFS_REPORT);
}

} // namespace
} // namespace famfs::test
