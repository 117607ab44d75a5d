// SPDX-License-Identifier: GPL-2.0-only
// The BPF look-up on this kernel, asked through the program `resolve`: against the model of
// tests/support/layouts.h and against the same header compiled for this machine.
#include "tests/bpf/loaded_session.h"

#include <atomic>
#include <thread>

namespace famfs::test {
namespace {

using base::FileMap;
using loader::Backend;

class Resolve : public LoadedSession {};

TEST(Kernel, OffersArenaAndHash) {
    const loader::Offer offer = loader::probe();
    EXPECT_TRUE(offer.arena) << "the tests of the main backend cannot run here";
    EXPECT_TRUE(offer.privileged) << "run as root";
}

TEST_P(Resolve, FilesOfEveryKind) {
    Random random(21);
    std::vector<FileMap> files;
    for (std::uint64_t nodeid = 17; nodeid < 1017; ++nodeid) {
        const std::uint64_t kind = nodeid % 3;
        files.push_back(kind == 0   ? random_list(random, nodeid, devices, 1)
                        : kind == 1 ? random_list(random, nodeid, devices, draw(random, 2, 16))
                                    : random_strips(random, nodeid, devices, draw(random, 1, 16)));
        ASSERT_NO_FATAL_FAILURE(publish(files.back()));
    }
    for (const FileMap &file : files) {
        const std::vector<Place> pages = pages_of(file);
        for (const std::uint64_t position : positions_of(random, file, 6)) {
            SCOPED_TRACE("nodeid " + std::to_string(file.nodeid) + " position " + std::to_string(position));
            const auto resolved = ask(file.nodeid, position);
            ASSERT_EQ(resolved.status, FAMFS_OK);
            ASSERT_NO_FATAL_FAILURE(expect_true_answer(pages, position, resolved.answer));
        }
        ASSERT_EQ(ask(file.nodeid, file.size).status, FAMFS_PAST_END);
        ASSERT_EQ(ask(file.nodeid, ~0ULL).status, FAMFS_PAST_END);
    }
    EXPECT_EQ(session->store().published(), files.size());
}

TEST_P(Resolve, LongLists) {
    Random random(22);
    for (const std::size_t extents : {17, 32, 33, 4096}) {
        const FileMap file = random_list(random, extents, devices, extents);
        ASSERT_NO_FATAL_FAILURE(publish(file));
        const std::vector<Place> pages = pages_of(file);
        for (const std::uint64_t position : positions_of(random, file, 300)) {
            const auto resolved = ask(extents, position);
            ASSERT_EQ(resolved.status, FAMFS_OK) << extents;
            ASSERT_NO_FATAL_FAILURE(expect_true_answer(pages, position, resolved.answer));
        }
    }
}

TEST_P(Resolve, MoreExtentsThanARecordRefersTo) {
    Random random(23);
    const auto refused = session->store().publish(random_list(random, 17, devices, FAMFS_EXTENTS_MAX + 1));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, EOVERFLOW);
    EXPECT_EQ(ask(17, 0).status, FAMFS_NOT_PUBLISHED);
}

TEST_P(Resolve, NodeidsWithoutARecord) {
    Random random(24);
    ASSERT_NO_FATAL_FAILURE(publish(random_list(random, 100, devices, 1)));
    for (const std::uint64_t nodeid :
         {0ULL, 1ULL, 99ULL, 101ULL, 1ULL << 26, (1ULL << 26) + 100, 1ULL << 58, ~0ULL})
        EXPECT_EQ(ask(nodeid, 0).status, FAMFS_NOT_PUBLISHED) << nodeid;
}

TEST_P(Resolve, WithdrawnAndPublishedAgain) {
    Random random(25);
    const FileMap file = random_list(random, 17, devices, 3);
    const FileMap other = random_list(random, 17, devices, 2);
    ASSERT_NO_FATAL_FAILURE(publish(file));
    EXPECT_EQ(session->store().publish(other).error().code, EEXIST);
    const auto withdrawn = session->store().withdraw(17);
    ASSERT_TRUE(withdrawn) << withdrawn.error().message();
    EXPECT_EQ(ask(17, 0).status, FAMFS_NOT_PUBLISHED);
    EXPECT_EQ(session->store().withdraw(17).error().code, ENOENT);
    ASSERT_NO_FATAL_FAILURE(publish(other));
    const auto resolved = ask(17, 0);
    ASSERT_EQ(resolved.status, FAMFS_OK);
    expect_true_answer(pages_of(other), 0, resolved.answer);
}

/// A batch replaces what is in a hash map; publishing never may.
TEST_P(Resolve, ManyAtOnceReplaceNothing) {
    Random random(28);
    const auto files = [&random](std::initializer_list<std::uint64_t> nodeids, std::size_t extents) {
        std::vector<FileMap> list;
        for (const std::uint64_t nodeid : nodeids)
            list.push_back(random_list(random, nodeid, devices, extents));
        return list;
    };
    const auto first = files({3, 4, 5}, 1);
    ASSERT_TRUE(session->store().publish(first));
    EXPECT_EQ(session->store().publish(files({2, 4, 6}, 1)).error().code, EEXIST);
    EXPECT_EQ(session->store().publish(files({6, 4, 7}, 40)).error().code, EEXIST);
    expect_true_answer(pages_of(first[1]), 0, ask(4, 0).answer);
    EXPECT_EQ(ask(2, 0).status, FAMFS_OK) << "it came before the one that failed";
    EXPECT_EQ(ask(7, 0).status, FAMFS_NOT_PUBLISHED);
    EXPECT_EQ(session->store().published(), 5U);
    EXPECT_EQ(session->store().publish(files({11, 11}, 1)).error().code, EEXIST);
    ASSERT_TRUE(session->store().publish(files({9, 8}, 3))) << "in any order";
    ASSERT_TRUE(session->store().withdraw(std::vector<std::uint64_t>{6, 4, 11}));
    for (const std::uint64_t nodeid : {4, 6, 11})
        EXPECT_EQ(ask(nodeid, 0).status, FAMFS_NOT_PUBLISHED) << nodeid;
    const auto again = files({4, 6, 7, 11}, 40); // of their lists that failed nothing was left
    ASSERT_TRUE(session->store().publish(again));
    expect_true_answer(pages_of(again[0]), again[0].size - 1, ask(4, again[0].size - 1).answer);
    EXPECT_EQ(session->store().published(), 9U);
}

TEST_P(Resolve, FullIsAnError) {
    auto small = loader::Session::load(
        {.backend = GetParam(), .fuse_fd = -1, .name = "small", .max_files = 100, .arena_bytes = 2 * page});
    ASSERT_TRUE(small) << small.error().message();
    small->add_virtual_device();
    ASSERT_TRUE(small->open_store());
    Random random(26);
    base::Expected<void> published;
    std::uint64_t nodeid = 0;
    while (published && nodeid < 200)
        published = small->store().publish(random_list(random, ++nodeid, 1, 1));
    ASSERT_FALSE(published);
    EXPECT_TRUE(published.error().code == ENOSPC || published.error().code == E2BIG)
        << published.error().message();
    EXPECT_EQ(small->resolve(nodeid, 0)->status, FAMFS_NOT_PUBLISHED);
    EXPECT_EQ(small->resolve(nodeid - 1, 0)->status, FAMFS_OK);
}

/// A writer publishes file after file; the program takes each the moment it appears.
TEST_P(Resolve, NeverSeesHalfOfAFile) {
    constexpr std::uint64_t files = 10000;
    Random random(27);
    std::vector<FileMap> layouts;
    for (std::uint64_t nodeid = 1; nodeid <= files; ++nodeid)
        layouts.push_back(random_list(random, nodeid, devices, nodeid % 2 + 1));
    std::atomic<bool> failed = false;
    std::thread writer([&] {
        for (const FileMap &file : layouts)
            failed = failed || !session->store().publish(file);
    });
    for (const FileMap &file : layouts) {
        auto resolved = session->resolve(file.nodeid, file.size - 1);
        while (resolved && resolved->status == FAMFS_NOT_PUBLISHED && !failed)
            resolved = session->resolve(file.nodeid, file.size - 1);
        if (!resolved || resolved->status != FAMFS_OK) {
            ADD_FAILURE() << "nodeid " << file.nodeid << ": "
                          << (resolved ? "status " + std::to_string(resolved->status)
                                       : resolved.error().message());
            break;
        }
        expect_true_answer(pages_of(file), file.size - 1, resolved->answer);
    }
    writer.join();
    EXPECT_FALSE(failed);
}

TEST_P(Resolve, CountersBelongToTheKernelsRequests) {
    ASSERT_EQ(ask(17, 0).status, FAMFS_NOT_PUBLISHED);
    const auto statistics = session->statistics();
    ASSERT_TRUE(statistics) << statistics.error().message();
    for (const famfs_counters &counters : *statistics)
        EXPECT_EQ(counters.ok + counters.not_published + counters.past_end + counters.bad_record, 0U);
    const auto last = session->last_error();
    ASSERT_TRUE(last) << last.error().message();
    EXPECT_EQ(last->count, 0U) << "resolve asks a question; it is not a request that went wrong";
}

INSTANTIATE_TEST_SUITE_P(Backends, Resolve, testing::ValuesIn(offered_backends()), backend_name);

} // namespace
} // namespace famfs::test
