// SPDX-License-Identifier: GPL-2.0-only
// The torn-read gate, in the virtual machine: readers fault in the pages of files that are published,
// withdrawn and published elsewhere all the time, until the program has answered so many faults. Fails if one
// of them saw bytes that were not, or no more, or not yet the file's, or if one failed that should not have.
//
//   torn-reads arena|rhash|hash [FAULTS]
#include "vmtest/tests/torn_readers.h"
#include "vmtest/tests/torn_writer.h"

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <gtest/gtest.h>
#include <iostream>
#include <new>
#include <sys/resource.h>
#include <thread>

namespace famfs::vmtest {
namespace {

constexpr std::uint64_t default_faults = 1000000;
/// Less than one moved file in a thousand faults would not have been much of a test.
constexpr std::uint64_t faults_for_one_move = 1000;

famfs_counters faults_of(const loader::Statistics &all) {
    famfs_counters sum = {};
    for (const famfs_operation operation : {FAMFS_FAULT_PTE_READ, FAMFS_FAULT_PMD_READ}) {
        sum.ok += all[operation].ok;
        sum.not_published += all[operation].not_published;
        sum.past_end += all[operation].past_end;
        sum.bad_record += all[operation].bad_record;
    }
    return sum;
}

/// Ends early if writer or readers have ended.
base::Expected<void> wait_for_faults(const loader::Session &session, std::uint64_t wanted,
                                     const TornReaders &readers, const std::atomic<bool> &writer_ended) {
    while (!writer_ended && readers.running()) {
        const auto all = session.statistics();
        if (!all)
            return std::unexpected(all.error());
        if (faults_of(*all).ok >= wanted)
            return {};
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return {};
}

struct Outcome {
    Sights sights;
    famfs_counters asked = {};
    std::uint64_t rejected = 0;
    double seconds = 0;
};

bool report(const Outcome &outcome, const TornWriter &writer, const std::string &backend,
            std::uint64_t wanted) {
    rusage usage = {};
    ::getrusage(RUSAGE_CHILDREN, &usage);
    const Sights &sights = outcome.sights;
    std::cout << "torn-reads: " << backend << ": " << outcome.asked.ok << " faults answered in "
              << std::lround(outcome.seconds) << " s (emulated), " << usage.ru_minflt
              << " minor faults of the readers; words right " << sights.right << ", wrong " << sights.wrong
              << "; SIGBUS while withdrawn " << sights.refused << ", that should not have been "
              << sights.lost << "; another generation seen " << sights.moved << " times\n";
    std::cout << "torn-reads: " << backend << ": generations published " << writer.published()
              << ", withdrawn " << writer.withdrawn() << ", in " << writer.rounds()
              << " rounds; faults refused by the program " << outcome.asked.not_published
              << ", records found bad " << outcome.asked.bad_record + outcome.asked.past_end
              << ", answers rejected by the kernel " << outcome.rejected << "\n";
    const bool clean = sights.wrong == 0 && sights.lost == 0 && outcome.rejected == 0 &&
                       outcome.asked.bad_record == 0 && outcome.asked.past_end == 0;
    const bool enough = outcome.asked.ok >= wanted && sights.refused > 0 &&
                        sights.moved >= wanted / faults_for_one_move &&
                        writer.withdrawn() >= wanted / faults_for_one_move;
    if (!enough)
        std::cout << "torn-reads: too little happened to mean anything\n";
    return clean && enough;
}

base::Expected<base::Memory> make_state() {
    auto memory = base::Memory::at(nullptr, sizeof(TornState), PROT_READ | PROT_WRITE,
                                   MAP_SHARED | MAP_ANONYMOUS, -1, "state of the gate");
    if (memory)
        new (memory->bytes().data()) TornState{};
    return memory;
}

base::Expected<void> write_until_enough(TornWriter &writer, const TornReaders &readers,
                                        const loader::Session &session, std::uint64_t wanted) {
    std::atomic<bool> ended = false;
    base::Expected<void> written;
    base::Expected<void> waited;
    {
        const std::jthread thread([&](const std::stop_token &stop) {
            written = writer.run(stop);
            ended = true;
        });
        waited = wait_for_faults(session, wanted, readers, ended);
    }
    return written ? waited : written;
}

base::Expected<bool> run_gate(loader::Backend backend, std::uint64_t wanted) {
    FuseServer server;
    auto memory = make_state();
    auto session = attach_session(server, backend);
    if (!memory || !session)
        return std::unexpected(memory ? session.error() : memory.error());
    auto &state = *reinterpret_cast<TornState *>(memory->bytes().data());
    TornWriter writer(server, *session, state.truths);
    if (auto begun = writer.begin(); !begun)
        return std::unexpected(begun.error());

    const auto start = std::chrono::steady_clock::now();
    auto readers = TornReaders::start(server, state);
    if (!readers)
        return std::unexpected(readers.error());
    if (auto written = write_until_enough(writer, *readers, *session, wanted); !written)
        return std::unexpected(written.error());
    const auto sights = readers->end();
    const auto all = session->statistics();
    if (!sights || !all)
        return std::unexpected(sights ? all.error() : sights.error());
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    return report({.sights = *sights,
                   .asked = faults_of(*all),
                   .rejected = server.rejected(),
                   .seconds = taken.count()},
                  writer, std::string(to_string(backend)), wanted);
}

int run(const std::vector<std::string> &words) {
    if (words.empty() || words.size() > 2) {
        std::cerr << "usage: torn-reads arena|rhash|hash [FAULTS]\n";
        return 2;
    }
    const auto backend = loader::parse_backend(words[0]);
    const std::uint64_t wanted =
        words.size() == 2 ? std::strtoull(words[1].c_str(), nullptr, 10) : default_faults;
    const auto passed = backend ? run_gate(*backend, wanted) : std::unexpected(backend.error());
    if (!passed)
        std::cerr << "torn-reads: " << passed.error().message() << "\n";
    return passed && *passed ? 0 : 1;
}

} // namespace
} // namespace famfs::vmtest

int main(int count, char **words) {
    // The helpers of the hook's tests say what is wrong in terms of googletest.
    GTEST_FLAG_SET(throw_on_failure, true);
    testing::InitGoogleTest(&count, words);
    return famfs::vmtest::run({words + 1, words + count});
}
