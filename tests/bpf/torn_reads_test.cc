// SPDX-License-Identifier: GPL-2.0-only
// The torn-read gate: 20 million look-ups in the kernel while a writer on another processor publishes,
// withdraws and uses again as fast as it can. No answer may be anything but what was true for that file and
// generation.
#include "tests/bpf/loaded_session.h"
#include "tests/bpf/torn_reads.h"
#include "tests/support/companion.h"

#include <atomic>
#include <chrono>
#include <iostream>
#include <numeric>
#include <thread>

extern "C" const char torn_arena_bpf_start[], torn_arena_bpf_end[], torn_hash_bpf_start[],
    torn_hash_bpf_end[];

namespace famfs::test {
namespace {

using base::FileMap;
using loader::Backend;

constexpr std::uint64_t look_ups = 20'000'000;
constexpr std::uint64_t look_ups_of_a_run = 50'000;

FileMap file_of(std::uint64_t nodeid, std::uint64_t generation) {
    const std::uint64_t unit = torn_page(torn_unit(generation));
    FileMap file{.nodeid = nodeid,
                 .generation = static_cast<std::uint32_t>(generation),
                 .size = torn_size(),
                 .chunk = 0,
                 .extents = {}};
    const std::uint32_t device = torn_device(generation);
    switch (torn_kind(nodeid, generation)) {
    case 0:
        file.extents = {{device, torn_base(nodeid, generation), torn_size()}};
        break;
    case 1:
        for (std::uint64_t piece = 0; piece * unit < torn_size(); ++piece)
            file.extents.push_back({device, torn_address(nodeid, generation, piece), unit});
        break;
    default:
        file.chunk = unit;
        for (std::uint64_t strip = 0; strip < torn_strips(generation); ++strip)
            file.extents.push_back({device, torn_address(nodeid, generation, strip), torn_size()});
    }
    return file;
}

std::span<const char> image(Backend backend) {
    if (backend == Backend::arena)
        return {torn_arena_bpf_start, torn_arena_bpf_end};
    return {torn_hash_bpf_start, torn_hash_bpf_end};
}

class TornReads : public LoadedSession {
protected:
    void TearDown() override { EXPECT_TRUE(session->detach()); }
    /// Devices are named by what torn_device() says.
    [[nodiscard]] std::uint32_t virtual_devices() const override { return TORN_GENERATIONS; }
};

/// Turns over files in groups: a group goes, the next generation of it comes, until it is told to stop.
class Writer {
public:
    Writer(loader::RecordStore &store, torn_shared &known) : store_(store), known_(known) {}

    void run(const std::atomic<bool> &stop) {
        while (!stop && !failure_) {
            turn_over();
            add_steady();
        }
    }
    [[nodiscard]] const std::string &failure() const { return message_; }
    [[nodiscard]] std::uint64_t generations() const { return generations_; }

private:
    static constexpr std::uint64_t group = 16;

    void turn_over() {
        std::vector<std::uint64_t> nodeids(group);
        std::iota(nodeids.begin(), nodeids.end(), first_);
        if (known_.window[first_].newest != 0)
            expect(store_.withdraw(nodeids));
        std::vector<FileMap> files;
        for (const std::uint64_t nodeid : nodeids) {
            torn_window &window = known_.window[nodeid];
            const std::uint64_t next = window.newest + 1;
            __atomic_store_n(&window.newest, next, __ATOMIC_SEQ_CST);
            __atomic_store_n(&window.lowest, next, __ATOMIC_SEQ_CST);
            files.push_back(file_of(nodeid, next));
        }
        expect(store_.publish(files));
        generations_ += group;
        first_ = first_ + group > TORN_CHANGING ? 1 : first_ + group;
    }

    void add_steady() {
        for (int i = 0; i < 100 && known_.steady < TORN_STEADY; ++i) {
            expect(store_.publish(file_of(TORN_CHANGING + 1 + known_.steady, 1)));
            __atomic_store_n(&known_.steady, known_.steady + 1, __ATOMIC_RELEASE);
        }
    }

    void expect(const base::Expected<void> &done) {
        if (done || failure_)
            return;
        failure_ = true;
        message_ = done.error().message();
    }

    loader::RecordStore &store_;
    torn_shared &known_;
    std::uint64_t first_ = 1;
    std::uint64_t generations_ = 0;
    bool failure_ = false;
    std::string message_;
};

TEST_P(TornReads, NeverOneInTwentyMillion) {
    ASSERT_TRUE(session->pin());
    const Companion reader(image(GetParam()), "resolve-test");
    auto &known = reader.map_value<torn_shared>("shared");
    Writer writer(session->store(), known);
    std::atomic<bool> stop = false;
    std::thread writing([&] { writer.run(stop); });
    torn_arguments arguments{.look_ups = look_ups_of_a_run, .random = 91};
    const auto wrong = [&known] {
        return std::accumulate(std::begin(known.wrong), std::end(known.wrong), std::uint64_t{0});
    };
    for (std::uint64_t done = 0; done < look_ups && wrong() == 0; done += look_ups_of_a_run)
        reader.run("torn_reads", arguments);
    stop = true;
    writing.join();
    EXPECT_EQ(writer.failure(), "");
    EXPECT_EQ(known.wrong[TORN_WRONG_STATUS], 0U);
    EXPECT_EQ(known.wrong[TORN_WRONG_MISSING], 0U);
    EXPECT_EQ(known.wrong[TORN_WRONG_GENERATION], 0U);
    EXPECT_EQ(known.wrong[TORN_WRONG_PLACE], 0U);
    std::cout << known.answered << " answers, " << writer.generations() << " generations, " << known.steady
              << " files that stayed\n";
    EXPECT_GT(known.answered, look_ups / 2) << "mostly asked while nothing was there";
    EXPECT_GT(writer.generations(), 1000U) << "too few changes to mean anything";
    EXPECT_GT(known.steady, 1000U);
}

INSTANTIATE_TEST_SUITE_P(Backends, TornReads, testing::ValuesIn(offered_backends()), backend_name);

} // namespace
} // namespace famfs::test
