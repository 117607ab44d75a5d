// SPDX-License-Identifier: GPL-2.0-only
// Whoever holds a map's descriptor can write it. Garbage in the maps must never come out as an answer that
// breaks the rules of bpf/abi.h, and must never harm the kernel.
#include "tests/bpf/loaded_session.h"

#include "base/fd.h"
#include "loader/pins.h"

#include <bpf/bpf.h>
#include <cstring>
#include <gmock/gmock.h>

namespace famfs::test {
namespace {

using loader::Backend;

/// Reaches the session's maps as a stranger does who finds its pins.
class Hostile : public LoadedSession {
protected:
    void SetUp() override {
        LoadedSession::SetUp();
        const auto pinned = session->pin();
        ASSERT_TRUE(pinned) << pinned.error().message();
        if (GetParam() != Backend::arena)
            return;
        const base::Fd map = open_map("arena");
        bpf_map_info info{};
        std::uint32_t length = sizeof(info);
        ASSERT_EQ(bpf_map_get_info_by_fd(map.get(), &info, &length), 0);
        // The kernel gives the arena to one address only, and this process has it there already.
        arena = {reinterpret_cast<std::byte *>(info.map_extra), std::size_t{info.max_entries} * page};
    }
    void TearDown() override {
        const auto detached = session->detach();
        EXPECT_TRUE(detached) << detached.error().message();
    }

    [[nodiscard]] base::Fd open_map(const std::string &name) const {
        base::Fd map(bpf_obj_get((loader::pin_directory("resolve-test") + "/maps/" + name).c_str()));
        EXPECT_TRUE(static_cast<bool>(map)) << name;
        return map;
    }

    /// Replaces a record in place, as no store ever would.
    void overwrite(std::uint64_t nodeid, const famfs_record &record, const famfs_extent_block &block) const {
        if (GetParam() == Backend::arena) {
            std::memcpy(arena.data() + nodeid * FAMFS_RECORD_SIZE, &record, sizeof(record));
            return;
        }
        const famfs_block_key key{.list = nodeid, .block = 0};
        ASSERT_EQ(bpf_map_update_elem(open_map("files").get(), &nodeid, &record, BPF_ANY), 0);
        ASSERT_EQ(bpf_map_update_elem(open_map("extents").get(), &key, &block, BPF_ANY), 0);
    }

    std::span<std::byte> arena;
};

class HostileArena : public Hostile {};
class HostileHash : public Hostile {};

constexpr std::uint64_t nodeid = 17;

/// An answer that the program may give whatever the maps say: the rest is the kernel's check against its
/// devices.
void expect_within_rules(const famfs_resolve_arguments &resolved, const famfs_record &record) {
    ASSERT_LT(resolved.status, static_cast<std::uint32_t>(FAMFS_STATUSES));
    if (resolved.status != FAMFS_OK)
        return;
    const famfs_answer &answer = resolved.answer;
    EXPECT_EQ(record.nodeid, resolved.nodeid);
    EXPECT_LT(resolved.position, record.size);
    EXPECT_LE(answer.offset, resolved.position);
    EXPECT_LT(resolved.position - answer.offset, answer.length);
    EXPECT_GE(answer.offset + answer.length, answer.offset);
    EXPECT_GE(answer.address + answer.length, answer.address);
    EXPECT_EQ((answer.offset | answer.address | answer.length) % page, 0U);
    EXPECT_NE(answer.device, 0U);
}

/// Numbers that find mistakes: small ones, powers of two and their neighbours, and any.
std::uint64_t nasty(Random &random) {
    const std::uint64_t power = 1ULL << draw(random, 0, 63);
    switch (draw(random, 0, 4)) {
    case 0:
        return draw(random, 0, 70);
    case 1:
        return power;
    case 2:
        return power - 1;
    case 3:
        return (random() >> draw(random, 0, 63)) / page * page;
    default:
        return random();
    }
}

famfs_extent nasty_extent(Random &random) {
    return {.position = draw(random, 0, 2) == 0 ? nasty(random) : 0,
            .address = nasty(random),
            .length = nasty(random),
            .device = static_cast<std::uint32_t>(draw(random, 0, 3)),
            .reserved = 0};
}

famfs_record nasty_record(Random &random) {
    famfs_record record{};
    record.nodeid = draw(random, 0, 9) == 0 ? nasty(random) : nodeid;
    record.size = nasty(random);
    record.generation = static_cast<std::uint32_t>(random());
    record.kind = static_cast<famfs_record_kind>(draw(random, 0, 4));
    record.shift = static_cast<std::uint8_t>(draw(random, 0, 1) == 0 ? draw(random, 12, 20) : random());
    record.extents = static_cast<std::uint16_t>(nasty(random));
    record.extent = nasty_extent(random);
    if (record.kind != FAMFS_RECORD_SIMPLE && draw(random, 0, 3) != 0)
        record.list = nodeid; // of the hash maps; in the arena: unaligned, in the header
    return record;
}

TEST_P(Hostile, RecordsOfGarbage) {
    Random random(31);
    ASSERT_NO_FATAL_FAILURE(publish(random_list(random, nodeid, devices, 2)));
    int answered = 0;
    for (int i = 0; i < 20000; ++i) {
        SCOPED_TRACE("record " + std::to_string(i));
        famfs_record record = nasty_record(random);
        famfs_extent_block block{};
        for (famfs_extent &extent : block.extent)
            extent = nasty_extent(random);
        if (GetParam() == Backend::arena && draw(random, 0, 1) == 0) {
            record.list = arena.size() - page;
            std::memcpy(arena.data() + record.list, &block, sizeof(block));
        }
        ASSERT_NO_FATAL_FAILURE(overwrite(nodeid, record, block));
        for (const std::uint64_t position : std::vector<std::uint64_t>{0, nasty(random), record.size - 1}) {
            const auto resolved = ask(nodeid, position);
            answered += resolved.status == FAMFS_OK ? 1 : 0;
            expect_within_rules(resolved, record);
        }
        ASSERT_FALSE(HasFailure());
    }
    EXPECT_GT(answered, 100) << "the garbage is too wild to get past the first check";
}

TEST_P(Hostile, NeighboursAreNotAffected) {
    Random random(32);
    const auto neighbour = random_list(random, nodeid + 1, devices, 3);
    ASSERT_NO_FATAL_FAILURE(publish(neighbour));
    ASSERT_NO_FATAL_FAILURE(publish(random_list(random, nodeid, devices, 1)));
    for (int i = 0; i < 1000; ++i) {
        ASSERT_NO_FATAL_FAILURE(overwrite(nodeid, nasty_record(random), {}));
        const auto resolved = ask(nodeid + 1, neighbour.size - 1);
        ASSERT_EQ(resolved.status, FAMFS_OK);
        ASSERT_NO_FATAL_FAILURE(expect_true_answer(pages_of(neighbour), neighbour.size - 1, resolved.answer));
    }
}

/// Somebody else's record under my key, or at my index.
TEST_P(Hostile, AForeignRecordIsNotMine) {
    Random random(33);
    ASSERT_NO_FATAL_FAILURE(publish(random_list(random, nodeid, devices, 1)));
    famfs_record record{};
    record.nodeid = nodeid + 1;
    record.size = page;
    record.kind = FAMFS_RECORD_SIMPLE;
    record.extent = {.position = 0, .address = 0, .length = page, .device = 1, .reserved = 0};
    ASSERT_NO_FATAL_FAILURE(overwrite(nodeid, record, {}));
    EXPECT_EQ(ask(nodeid, 0).status, FAMFS_NOT_PUBLISHED);
}

/// A header that promises more room than there is, or less.
TEST_P(HostileArena, HeaderOfGarbage) {
    Random random(34);
    const auto file = random_list(random, nodeid, devices, 2);
    ASSERT_NO_FATAL_FAILURE(publish(file));
    auto *const header = reinterpret_cast<famfs_arena_header *>(arena.data());
    const famfs_arena_header before = *header;
    const auto record = reinterpret_cast<const famfs_record *>(arena.data())[nodeid];
    for (int i = 0; i < 2000; ++i) {
        header->record_limit = nasty(random);
        header->arena_size = nasty(random);
        for (const std::uint64_t asked :
             std::vector<std::uint64_t>{nodeid, nasty(random) % 60, (1ULL << 26) + nodeid})
            expect_within_rules(ask(asked, 0), asked == nodeid ? record : famfs_record{});
        ASSERT_FALSE(HasFailure()) << i;
    }
    *header = before;
    EXPECT_EQ(ask(nodeid, 0).status, FAMFS_OK);
}

TEST_P(HostileHash, MissingExtents) {
    Random random(35);
    ASSERT_NO_FATAL_FAILURE(publish(random_list(random, nodeid, devices, 2)));
    const famfs_block_key key{.list = nodeid, .block = 0};
    ASSERT_EQ(bpf_map_delete_elem(open_map("extents").get(), &key), 0);
    EXPECT_EQ(ask(nodeid, 0).status, FAMFS_BAD_RECORD);
}

/// What a withdrawn file had is known to the store; the record says what somebody else wants it to.
TEST_P(HostileHash, WithdrawingTakesNobodysExtents) {
    Random random(36);
    const auto neighbour = random_list(random, nodeid + 1, devices, 3);
    ASSERT_NO_FATAL_FAILURE(publish(neighbour));
    ASSERT_NO_FATAL_FAILURE(publish(random_list(random, nodeid, devices, 20)));
    famfs_record record{};
    record.nodeid = nodeid;
    record.kind = FAMFS_RECORD_LIST;
    record.extents = 3;
    record.list = nodeid + 1;
    ASSERT_EQ(bpf_map_update_elem(open_map("files").get(), &nodeid, &record, BPF_ANY), 0);
    ASSERT_TRUE(session->store().withdraw(nodeid));
    const auto resolved = ask(nodeid + 1, neighbour.size - 1);
    ASSERT_EQ(resolved.status, FAMFS_OK);
    expect_true_answer(pages_of(neighbour), neighbour.size - 1, resolved.answer);
    EXPECT_TRUE(session->store().publish(random_list(random, nodeid, devices, 20))) << "its own list is gone";
}

TEST_P(HostileHash, AFrozenMapTakesNothing) {
    Random random(37);
    ASSERT_EQ(bpf_map_freeze(open_map("files").get()), 0);
    const auto refused = session->store().publish(
        std::vector{random_list(random, nodeid, devices, 1), random_list(random, nodeid + 1, devices, 1)});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, EPERM);
    EXPECT_THAT(refused.error().message(), testing::HasSubstr("nodeid 17"));
    EXPECT_EQ(session->store().published(), 0U);
}

std::vector<Backend> offered_hashes() {
    std::vector<Backend> backends = offered_backends();
    std::erase(backends, Backend::arena);
    return backends;
}

INSTANTIATE_TEST_SUITE_P(Backends, Hostile, testing::ValuesIn(offered_backends()), backend_name);
INSTANTIATE_TEST_SUITE_P(Backends, HostileArena, testing::Values(Backend::arena), backend_name);
INSTANTIATE_TEST_SUITE_P(Backends, HostileHash, testing::ValuesIn(offered_hashes()), backend_name);

} // namespace
} // namespace famfs::test
