// SPDX-License-Identifier: GPL-2.0-only
// Processes that fault pages in, over and over, and judge what they see. Threads of one process would spend
// their time with waiting for each other's processors to forget the pages that they drop.
#pragma once

#include "vmtest/tests/fuse_server.h"
#include "vmtest/tests/memory_probe.h"
#include "vmtest/tests/torn_truth.h"

#include "base/memory.h"

#include <memory>
#include <random>
#include <span>
#include <sys/types.h>

namespace famfs::vmtest {

struct Sights {
    std::uint64_t right = 0;
    std::uint64_t wrong = 0;
    std::uint64_t refused = 0;
    std::uint64_t lost = 0;
    std::uint64_t moved = 0; ///< times that a reader saw another generation of a file than the last time
};

/// In memory that writer and readers share.
struct TornState {
    Truths truths;
    std::array<Sights, 3> sights; ///< of each reader, when it has ended
    std::atomic<bool> ended;
};

/// One process's files, each of them mapped whole.
class TornReader {
public:
    TornReader(const FuseServer &server, const Truths &truths, std::uint64_t seed);
    /// Until @ended.
    void run(const std::atomic<bool> &ended);
    [[nodiscard]] const Sights &sights() const { return sights_; }

private:
    std::uint64_t choose();
    void read_file(std::uint64_t nodeid);
    /// False: refused.
    bool read_page(std::uint64_t nodeid, std::uint32_t page);
    void judge(const FileTruth::Access &access, std::uint64_t nodeid, std::uint32_t page, std::uint64_t word);
    void count(Verdict verdict);
    void map(std::uint64_t nodeid);

    const FuseServer &server_;
    const Truths &truths_;
    std::mt19937_64 random_;
    std::array<std::unique_ptr<MappedFile>, torn_end> mapped_; ///< by nodeid
    std::array<std::uint32_t, torn_end> last_ = {};            ///< generation, by nodeid
    Sights sights_;
};

/// The processes, as many as TornState has sights.
class TornReaders {
public:
    /// Starts them. They look at the truths of @state.
    static base::Expected<TornReaders> start(const FuseServer &server, TornState &state);
    TornReaders(TornReaders &&other) noexcept
        : state_(other.state_), processes_(std::exchange(other.processes_, {})) {}
    ~TornReaders();
    /// None of them has ended by itself.
    [[nodiscard]] bool running() const;
    /// Ends them and adds up what they saw. An error: one of them has not come to its end.
    base::Expected<Sights> end();

private:
    explicit TornReaders(TornState &state) : state_(&state) {}
    /// Tells them to end. False: not all of them have come to their end.
    bool wait();

    TornState *state_;
    std::vector<pid_t> processes_;
};

} // namespace famfs::vmtest
