// SPDX-License-Identifier: GPL-2.0-only
// A storm of system calls on few names of a mount, by several threads. Every word of a file is zero or says
// whose it is, so a byte of another file is noticed wherever it is read. Ends with 1 at the first wrong word
// or errno that a program could not explain to its user; prints what was done.
//
// Usage: storm DIRECTORY SECONDS SEED [THREADS]
#include "tests/storm/actor.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

namespace {

constexpr int usual_threads = 6;

} // namespace

int main(int argc, char **argv) {
    if (argc < 4) {
        std::fprintf(stderr, "usage: storm DIRECTORY SECONDS SEED [THREADS]\n");
        return 2;
    }
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(std::atoi(argv[2]));
    const auto seed = static_cast<std::uint64_t>(std::atoll(argv[3]));
    const int count = argc > 4 ? std::atoi(argv[4]) : usual_threads;
    famfs::test::Names names(argv[1]);
    famfs::test::Tally tally;
    std::vector<std::thread> threads;
    for (int i = 0; i < count; i++)
        threads.emplace_back([&, i] {
            famfs::test::Actor actor(names, tally, seed * 1000 + static_cast<std::uint64_t>(i));
            while (!tally.failed() && std::chrono::steady_clock::now() < end)
                actor.step();
        });
    for (std::thread &thread : threads)
        thread.join();
    tally.print();
    return tally.failed() ? 1 : 0;
}
