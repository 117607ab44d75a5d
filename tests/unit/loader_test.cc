// SPDX-License-Identifier: GPL-2.0-only
// Records and their room in plain memory of this process: the same code fills the BPF arena.
#include "base/memory.h"
#include "bpf/arena.h"
#include "loader/record_builder.h"
#include "loader/record_store.h"
#include "loader/session.h"

#include "tests/support/layouts.h"

#include <atomic>
#include <chrono>
#include <csignal>
#include <gmock/gmock.h>
#include <thread>

namespace famfs::test {
namespace {

using base::FileMap;
using testing::HasSubstr;

constexpr std::uint32_t devices = 4;

std::vector<std::uint32_t> cookies() {
    return {1, 2, 3, 4};
}

FileMap plain_file(std::uint64_t nodeid) {
    return {.nodeid = nodeid, .generation = 0, .size = 1, .chunk = 0, .extents = {{0, nodeid * page, page}}};
}

class ArenaStore : public testing::Test {
protected:
    void SetUp() override { make(64 * 1024 * 1024); }

    void make(std::size_t bytes) {
        memory = std::move(*base::Memory::anonymous(bytes, "records"));
        auto made = loader::make_arena_store(memory.bytes(), cookies());
        ASSERT_TRUE(made) << made.error().message();
        store = std::move(*made);
    }

    base::Memory memory;
    std::unique_ptr<loader::RecordStore> store;
};

void expect_published(const loader::RecordStore &store, Random &random, const FileMap &file) {
    const std::vector<Place> pages = pages_of(file);
    for (const std::uint64_t position : positions_of(random, file, 5)) {
        SCOPED_TRACE("nodeid " + std::to_string(file.nodeid) + " position " + std::to_string(position));
        famfs_answer answer{};
        ASSERT_EQ(store.resolve(file.nodeid, position, answer), FAMFS_OK);
        ASSERT_NO_FATAL_FAILURE(expect_true_answer(pages, position, answer));
    }
    famfs_answer answer{};
    ASSERT_EQ(store.resolve(file.nodeid, file.size, answer), FAMFS_PAST_END);
}

TEST_F(ArenaStore, AnswersWhatWasPublished) {
    Random random(11);
    std::vector<FileMap> files;
    for (std::uint64_t nodeid = 1; nodeid < 3000; nodeid += draw(random, 1, 3)) {
        files.push_back(draw(random, 0, 1) == 0
                            ? random_list(random, nodeid, devices, draw(random, 1, 20))
                            : random_strips(random, nodeid, devices, draw(random, 1, 16)));
        const auto published = store->publish(files.back());
        ASSERT_TRUE(published) << published.error().message();
    }
    EXPECT_EQ(store->published(), files.size());
    for (const FileMap &file : files)
        ASSERT_NO_FATAL_FAILURE(expect_published(*store, random, file));
}

TEST_F(ArenaStore, LongestList) {
    Random random(12);
    const FileMap longest = random_list(random, 5, devices, 65535);
    const auto published = store->publish(longest);
    ASSERT_TRUE(published) << published.error().message();
    expect_published(*store, random, longest);
    const auto longer = store->publish(random_list(random, 6, devices, 65536));
    ASSERT_FALSE(longer);
    EXPECT_EQ(longer.error().code, EOVERFLOW);
}

TEST_F(ArenaStore, OneStripIsASimpleRecord) {
    FileMap file = plain_file(7);
    file.chunk = page;
    ASSERT_TRUE(store->publish(file));
    EXPECT_EQ(reinterpret_cast<const famfs_record *>(memory.bytes().data())[7].kind, FAMFS_RECORD_SIMPLE);
}

TEST_F(ArenaStore, NodeidsWithoutARecord) {
    ASSERT_TRUE(store->publish(plain_file(100)));
    famfs_answer answer{};
    for (const std::uint64_t nodeid : {0ULL, 1ULL, 99ULL, 101ULL, 1ULL << 20, 1ULL << 26, 1ULL << 58, ~0ULL})
        EXPECT_EQ(store->resolve(nodeid, 0, answer), FAMFS_NOT_PUBLISHED) << nodeid;
}

TEST_F(ArenaStore, PublishesOnceAndWithdrawsOnce) {
    famfs_answer answer{};
    ASSERT_TRUE(store->publish(plain_file(9)));
    EXPECT_EQ(store->publish(plain_file(9)).error().code, EEXIST);
    ASSERT_TRUE(store->withdraw(9));
    EXPECT_EQ(store->resolve(9, 0, answer), FAMFS_NOT_PUBLISHED);
    EXPECT_EQ(store->published(), 0U);
    for (const std::uint64_t nodeid : {0ULL, 9ULL, 10ULL, 1ULL << 40})
        EXPECT_EQ(store->withdraw(nodeid).error().code, ENOENT) << nodeid;
    ASSERT_TRUE(store->publish(plain_file(9)));
    EXPECT_EQ(store->resolve(9, 0, answer), FAMFS_OK);
}

TEST_F(ArenaStore, WithdrawWaitsForReaders) {
    int waits = 0;
    base::Memory other = std::move(*base::Memory::anonymous(65536, "records"));
    auto waiting = loader::make_arena_store(other.bytes(), cookies(), [&waits]() -> base::Expected<void> {
        ++waits;
        return {};
    });
    ASSERT_TRUE((*waiting)->publish(plain_file(9)));
    ASSERT_TRUE((*waiting)->withdraw(9));
    EXPECT_EQ(waits, 1);
}

TEST_F(ArenaStore, ManyAtOnceWaitOnce) {
    int waits = 0;
    base::Memory other = std::move(*base::Memory::anonymous(65536, "records"));
    const auto waiting =
        *loader::make_arena_store(other.bytes(), cookies(), [&waits]() -> base::Expected<void> {
            ++waits;
            return {};
        });
    const std::vector<FileMap> files{plain_file(3), plain_file(4), plain_file(5)};
    ASSERT_TRUE(waiting->publish(files));
    EXPECT_EQ(waiting->published(), 3U);
    EXPECT_EQ(waiting->publish(files).error().code, EEXIST);
    const std::vector<std::uint64_t> nodeids{3, 5, 9, 4};
    EXPECT_EQ(waiting->withdraw(nodeids).error().code, ENOENT) << "there is no 9";
    EXPECT_EQ(waits, 1);
    EXPECT_EQ(waiting->published(), 1U) << "those before it are withdrawn, the one after it is not";
}

TEST_F(ArenaStore, ListsAreReusedOnceTheirReadersAreGone) {
    Random random(17);
    make(16 * page);
    ASSERT_TRUE(store->publish(plain_file(1)));
    const auto before = store->room();
    for (int i = 0; i < 1000; ++i) { // fifty times what there is room for
        const FileMap one = random_list(random, 2, devices, draw(random, 2, 100));
        const FileMap two = random_list(random, 3, devices, draw(random, 2, 100));
        ASSERT_TRUE(store->publish(std::vector<FileMap>{one, two})) << i;
        ASSERT_NO_FATAL_FAILURE(expect_published(*store, random, one));
        ASSERT_NO_FATAL_FAILURE(expect_published(*store, random, two));
        ASSERT_TRUE(store->withdraw(std::vector<std::uint64_t>{2, 3}));
    }
    EXPECT_EQ(before.most_bytes, 16 * page);
    EXPECT_EQ(before.most_files, 16 * page / FAMFS_RECORD_SIZE - 1);
    EXPECT_LE(store->room().bytes, before.most_bytes);
}

/// What cannot be known to have no reader left is not used again.
TEST_F(ArenaStore, AListWhoseReadersMayBeThereIsNotReused) {
    Random random(18);
    base::Memory other = std::move(*base::Memory::anonymous(4 * page, "records"));
    const auto waiting = *loader::make_arena_store(other.bytes(), cookies(), []() -> base::Expected<void> {
        return base::fail(EIO, "wait", "readers");
    });
    ASSERT_TRUE(waiting->publish(random_list(random, 2, devices, 60)));
    const auto list = reinterpret_cast<const famfs_record *>(other.bytes().data())[2].list;
    EXPECT_EQ(waiting->withdraw(2).error().code, EIO);
    ASSERT_TRUE(waiting->publish(random_list(random, 3, devices, 60)));
    EXPECT_NE(reinterpret_cast<const famfs_record *>(other.bytes().data())[3].list, list);
}

TEST(ArenaLists, LieInTheArena) {
    const std::vector<std::byte> memory(64 * FAMFS_EXTENT_SIZE);
    const famfs_arena_view view{.base = reinterpret_cast<const char *>(memory.data()), .size = memory.size()};
    EXPECT_NE(famfs_in_arena(famfs_arena_list_at(view, 0), 63), nullptr);
    EXPECT_EQ(famfs_in_arena(famfs_arena_list_at(view, 0), 64), nullptr) << "past the end";
    EXPECT_EQ(famfs_in_arena(famfs_arena_list_at(view, FAMFS_EXTENT_SIZE / 2), 0), nullptr) << "unaligned";
    EXPECT_EQ(famfs_in_arena(famfs_arena_list_at(view, 0 - std::uint64_t{FAMFS_EXTENT_SIZE}), 0), nullptr)
        << "before the start";
}

TEST_F(ArenaStore, FullOfRecordsIsSaidInNumbers) {
    make(16 * page);
    const std::uint64_t room = 16 * page / FAMFS_RECORD_SIZE;
    for (std::uint64_t nodeid = 1; nodeid < room; ++nodeid)
        ASSERT_TRUE(store->publish(plain_file(nodeid))) << nodeid;
    const auto full = store->publish(plain_file(room));
    ASSERT_FALSE(full);
    EXPECT_EQ(full.error().code, ENOSPC);
    EXPECT_THAT(full.error().hint, HasSubstr("of 65536 bytes, 65536 are records"));
}

TEST_F(ArenaStore, RecordsAndListsNeverMeet) {
    Random random(13);
    make(64 * page);
    std::vector<FileMap> files;
    int refused = 0;
    for (std::uint64_t nodeid = 1; refused < 50; ++nodeid) {
        FileMap file = random_list(random, nodeid, devices, draw(random, 1, 40));
        const auto published = store->publish(file);
        if (published) {
            files.push_back(std::move(file));
            continue;
        }
        ASSERT_EQ(published.error().code, ENOSPC);
        ++refused;
    }
    EXPECT_GT(files.size(), 100U);
    for (const FileMap &file : files)
        ASSERT_NO_FATAL_FAILURE(expect_published(*store, random, file));
}

TEST_F(ArenaStore, RoomThatCannotBeHadIsAnErrorNotASignal) {
    Random random(14);
    ASSERT_TRUE(store->publish(plain_file(1)));
    const std::span<std::byte> top = memory.bytes().last(4 * 1024 * 1024);
    ASSERT_EQ(::mprotect(top.data(), top.size(), PROT_NONE), 0);
    const auto refused = store->publish(random_list(random, 2, devices, 3));
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message(), HasSubstr("populate"));
    famfs_answer answer{};
    EXPECT_EQ(store->resolve(2, 0, answer), FAMFS_NOT_PUBLISHED);
    EXPECT_EQ(store->resolve(1, 0, answer), FAMFS_OK);
}

TEST_F(ArenaStore, MemoryMustFitTheLayout) {
    EXPECT_EQ(loader::make_arena_store(memory.bytes(), cookies()).error().code, EEXIST) << "it is in use";
    EXPECT_EQ(loader::make_arena_store(memory.bytes().subspan(8, page), cookies()).error().code, EINVAL);
    EXPECT_EQ(loader::make_arena_store(memory.bytes().first(100), cookies()).error().code, EINVAL);
    EXPECT_EQ(loader::make_arena_store({}, cookies()).error().code, EINVAL);
    const base::Memory huge = std::move(*base::Memory::anonymous(FAMFS_ARENA_MAX + page, "too much"));
    EXPECT_EQ(loader::make_arena_store(huge.bytes(), cookies()).error().code, EINVAL);
    EXPECT_TRUE(loader::make_arena_store(huge.bytes().first(FAMFS_ARENA_MAX), cookies()));
}

/// The reader waits for each record in turn and takes it the moment it appears.
TEST_F(ArenaStore, ReadersNeverSeeHalfOfARecord) {
    constexpr std::uint64_t files = 500000;
    const auto *const base = reinterpret_cast<const char *>(memory.bytes().data());
    const std::uint64_t size = memory.bytes().size();
    std::atomic<bool> stop = false;
    std::uint64_t wrong = 0;
    std::uint64_t seen = 0;
    std::thread reader([&] {
        for (std::uint64_t nodeid = 1; nodeid <= files && !stop; ++nodeid) {
            famfs_answer answer{};
            enum famfs_status status = FAMFS_NOT_PUBLISHED;
            while (status == FAMFS_NOT_PUBLISHED && !stop)
                status = famfs_arena_look_up(base, size, nodeid, 0, &answer);
            ++seen;
            wrong += status == FAMFS_OK && answer.address == nodeid * page && answer.length == page ? 0 : 1;
        }
    });
    for (std::uint64_t nodeid = 1; nodeid <= files && !stop; ++nodeid)
        stop = !store->publish(plain_file(nodeid));
    EXPECT_FALSE(stop);
    reader.join();
    EXPECT_EQ(wrong, 0U);
    EXPECT_EQ(seen, files);
}

/// Makes a reader stop in the middle: it touches a page without access and stays in the signal handler.
struct StoppedReader {
    static inline std::atomic<bool> stopped = false;
    static inline std::atomic<bool> released = false;
    static inline std::span<std::byte> barrier;

    static void on_fault(int) {
        stopped = true;
        while (!released)
            std::this_thread::yield();
        ::mprotect(barrier.data(), barrier.size(), PROT_READ | PROT_WRITE);
    }
};

TEST_F(ArenaStore, WithdrawOutlastsAReaderThatHasBegun) {
    Random random(16);
    ASSERT_TRUE(store->publish(random_list(random, 3, devices, 2)));
    StoppedReader::barrier = memory.bytes().last(page);
    struct sigaction handler{};
    struct sigaction before{};
    handler.sa_handler = StoppedReader::on_fault;
    ASSERT_EQ(::sigaction(SIGSEGV, &handler, &before), 0);
    ASSERT_EQ(::mprotect(StoppedReader::barrier.data(), page, PROT_NONE), 0);

    std::atomic<bool> withdrawn = false;
    std::thread reader([this] {
        famfs_answer answer{};
        EXPECT_EQ(store->resolve(3, 0, answer), FAMFS_OK);
    });
    while (!StoppedReader::stopped)
        std::this_thread::yield();
    std::thread writer([&] {
        EXPECT_TRUE(store->withdraw(3));
        withdrawn = true;
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(50)); // time for a wrong withdraw() to return
    EXPECT_FALSE(withdrawn);
    StoppedReader::released = true;
    reader.join();
    writer.join();
    ::sigaction(SIGSEGV, &before, nullptr);
}

struct Refusal {
    const char *name;
    FileMap file;
    const char *reason;
};

class Refusals : public testing::TestWithParam<Refusal> {};

TEST_P(Refusals, SayWhy) {
    const auto built = loader::build_record(GetParam().file, cookies());
    ASSERT_FALSE(built);
    EXPECT_EQ(built.error().code, EINVAL);
    EXPECT_THAT(built.error().message(), HasSubstr(GetParam().reason));
}

constexpr std::uint64_t top = (1ULL << 63) - page;

INSTANTIATE_TEST_SUITE_P(
    RecordBuilder, Refusals,
    testing::Values(
        Refusal{"NodeidZero", {0, 0, 1, 0, {{0, 0, page}}}, "nodeid 0"},
        Refusal{"EmptyFile", {3, 0, 0, 0, {{0, 0, page}}}, "empty file"},
        Refusal{"NoExtents", {3, 0, 1, 0, {}}, "no extent"},
        Refusal{"UnknownDevice", {3, 0, 1, 0, {{0, 0, page}, {4, 0, page}}}, "extent 1 (device 4"},
        Refusal{"EmptyExtent", {3, 0, 1, 0, {{0, 0, 0}}}, "is empty"},
        Refusal{"UnalignedOffset", {3, 0, 1, 0, {{0, 512, page}}}, "whole 4096-byte pages"},
        Refusal{"UnalignedLength", {3, 0, 1, 0, {{0, 0, page + 1}}}, "whole 4096-byte pages"},
        Refusal{"PastTheLargestAddress", {3, 0, 1, 0, {{0, top, 2 * page}}}, "past the largest address"},
        Refusal{"LargerThanAFile",
                {3, 0, 1ULL << 63, page, {{0, 0, top}, {0, 0, top}}},
                "more than a file can have"},
        Refusal{"LongerThanAFile", {3, 0, 1, 0, {{0, 0, top}, {0, 0, top}}}, "longer than a file can be"},
        Refusal{
            "ShorterThanTheFile", {3, 0, 2 * page + 1, 0, {{0, 0, page}, {0, 0, page}}}, "hold 8192 bytes"},
        Refusal{"ChunkNotAPowerOfTwo", {3, 0, 1, 3 * page, {{0, 0, 6 * page}}}, "chunk size 12288"},
        Refusal{"ChunkTooSmall", {3, 0, 1, 2048, {{0, 0, page}}}, "chunk size 2048"},
        Refusal{"ChunkTooLarge", {3, 0, 1, 1ULL << 41, {{0, 0, 1ULL << 41}}}, "chunk size"},
        Refusal{"StripTooShort", {3, 0, 3 * page, page, {{0, 0, page}, {0, 0, page}}}, "strip 0"},
        Refusal{
            "StripWithHalfAChunk", {3, 0, 4 * page, 2 * page, {{0, 0, 2 * page}, {0, 0, page}}}, "strip 1"}),
    [](const auto &test) { return test.param.name; });

TEST(RecordBuilder, StripsNeedNotBeEqual) {
    // Three chunks on two strips: the second strip holds one.
    EXPECT_TRUE(
        loader::build_record({3, 0, 2 * page + 1, page, {{0, 0, 2 * page}, {0, 0, page}}}, cookies()));
    // A strip that the file does not reach.
    EXPECT_TRUE(loader::build_record({3, 0, 1, 2 * page, {{0, 0, 2 * page}, {0, 0, page}}}, cookies()));
}

TEST(RecordBuilder, ExtentsThatContinueEachOtherBecomeOne) {
    const auto one = loader::build_record(
        {3, 0, 5 * page, 0, {{0, 8 * page, 2 * page}, {0, 10 * page, page}, {0, 11 * page, 2 * page}}},
        cookies());
    EXPECT_EQ(one->record.kind, FAMFS_RECORD_SIMPLE);
    EXPECT_EQ(one->record.extent.length, 5 * page);
    const auto two = loader::build_record(
        {3, 0, 5 * page, 0, {{0, 8 * page, 2 * page}, {1, 10 * page, page}, {1, 11 * page, 2 * page}}},
        cookies());
    EXPECT_EQ(two->record.extents, 2U);
    EXPECT_EQ(two->elements[1].length, 3 * page);
    const auto strips = loader::build_record(
        {3, 0, 4 * page, page, {{0, 8 * page, 2 * page}, {0, 10 * page, 2 * page}}}, cookies());
    EXPECT_EQ(strips->record.extents, 2U) << "strips are dealt, not joined";
}

/// Every number of strips that a record can have, at the borders of its rows.
TEST(RecordBuilder, ReciprocalsDivideExactly) {
    for (std::uint64_t strips = 2; strips <= FAMFS_EXTENTS_MAX; ++strips) {
        base::FileMap file{.nodeid = 3, .generation = 0, .size = 1, .chunk = page, .extents = {}};
        file.extents.assign(std::min<std::uint64_t>(strips, 64), {0, 0, page});
        if (strips > 64 && strips % 97 != 0)
            continue;
        file.extents.resize(strips, {0, 0, page});
        const auto built = loader::build_record(file, cookies());
        ASSERT_TRUE(built) << built.error().message();
        const auto *const reciprocal = built->record.kind == FAMFS_RECORD_PACKED
                                           ? &built->record.packed.reciprocal
                                           : &built->record.reciprocal;
        constexpr std::uint64_t largest = (1ULL << FAMFS_RECIPROCAL_BITS) - 1;
        const std::uint64_t last_row = largest / strips * strips;
        for (const std::uint64_t chunk : {std::uint64_t{0}, strips - 1, strips, last_row - 1, last_row,
                                          largest, largest + 1, largest * strips})
            ASSERT_EQ(famfs_row_of(chunk, static_cast<std::uint32_t>(strips), reciprocal), chunk / strips)
                << chunk << " / " << strips;
    }
}

TEST(RecordBuilder, DevicesBecomeCookies) {
    const std::vector<std::uint32_t> theirs{77, 5};
    const auto simple = loader::build_record({3, 0, 1, 0, {{1, 0, page}}}, theirs);
    EXPECT_EQ(simple->record.extent.device, 5U);
    const auto list = loader::build_record({3, 0, 1, 0, {{1, 0, page}, {0, 0, page}}}, theirs);
    EXPECT_EQ(list->elements[1].device, 77U);
}

TEST(Backends, HaveNamesThatParse) {
    for (const auto backend : {loader::Backend::arena, loader::Backend::rhash, loader::Backend::hash})
        EXPECT_EQ(*loader::parse_backend(loader::to_string(backend)), backend);
    EXPECT_EQ(loader::parse_backend("btree").error().code, EINVAL);
}

} // namespace
} // namespace famfs::test
