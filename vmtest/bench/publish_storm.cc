// SPDX-License-Identifier: GPL-2.0-only
// What publishing costs those who fault meanwhile, and what it takes by itself, in the virtual machine
// (vmtest/bench/publish-storm). Prints a line of JSON a figure.
//
//   publish-storm storm arena|rhash|hash   faults of old files beside the publication of new ones, and beside
//                                          a processor that is busy with something else, by turns
//   publish-storm fill arena|rhash|hash    time and memory of the publication of a million files
#include "vmtest/bench/old_files.h"
#include "vmtest/bench/require.h"
#include "vmtest/tests/memory_probe.h"
#include "vmtest/tests/session_mount.h"

#include <chrono>
#include <fstream>
#include <gtest/gtest.h>
#include <limits>
#include <thread>

namespace famfs::vmtest {
namespace {

constexpr std::uint64_t first_new = 20000; ///< nodeid
constexpr std::uint64_t files_of_round = 100000;
constexpr int rounds = 24;
constexpr std::uint64_t most_files = 1 << 22; ///< in all rounds
constexpr std::uint64_t at_once = 10000;

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Files of one page, all of the same: none of them is read.
std::vector<base::FileMap> new_files(std::uint64_t first) {
    std::vector<base::FileMap> files(at_once);
    for (std::uint64_t i = 0; i < files.size(); ++i)
        files[i] = {.nodeid = first + i,
                    .size = page_size,
                    .extents = {{.device = 0, .offset = 0, .length = page_size}}};
    return files;
}

/// How long the store took.
double publish_new(loader::RecordStore &store, std::uint64_t first, std::uint64_t count) {
    double seconds = 0;
    for (std::uint64_t done = 0; done < count; done += at_once) {
        const std::vector<base::FileMap> files = new_files(first + done);
        const auto start = std::chrono::steady_clock::now();
        require(store.publish(files));
        seconds += seconds_since(start);
    }
    return seconds;
}

struct Rate {
    double seconds;
    double faults;
    [[nodiscard]] double per_second() const { return faults / seconds; }
};

double faults_answered(const loader::Session &session) {
    return static_cast<double>(require(session.statistics())[FAMFS_FAULT_PTE_READ].ok);
}

Rate rate_during(const loader::Session &session, const std::function<void()> &action) {
    const double before = faults_answered(session);
    const auto start = std::chrono::steady_clock::now();
    action();
    return {.seconds = seconds_since(start), .faults = faults_answered(session) - before};
}

/// Arithmetic in registers: busy, and touches neither map nor memory.
void be_busy(double seconds) {
    std::uint64_t number = 1;
    const auto start = std::chrono::steady_clock::now();
    while (seconds_since(start) < seconds) {
        for (int i = 0; i < 10000; ++i)
            number = number * 0x9E3779B97F4A7C15U + 1;
        asm volatile("" : : "r"(number));
    }
}

void print_round(loader::Backend backend, const Rate &publishing, double quiet) {
    std::printf("{\"case\": \"storm\", \"backend\": \"%s\", \"files\": %lu, \"seconds\": %.4f, "
                "\"faults_per_second\": %.0f, \"quiet_faults_per_second\": %.0f}\n",
                std::string(to_string(backend)).c_str(), files_of_round, publishing.seconds,
                publishing.per_second(), quiet);
    std::fflush(stdout);
}

void storm(loader::Backend backend) {
    FuseServer server;
    loader::Session session = require(attach_session(server, backend, most_files));
    const OldFiles old(server, session);
    stay_on_processor(1);
    publish_new(session.store(), first_new, files_of_round); // everything is cold
    Rate before = rate_during(session, [] { be_busy(1); });
    for (int round = 1; round <= rounds; ++round) {
        const std::uint64_t first = first_new + static_cast<std::uint64_t>(round) * files_of_round;
        const Rate publishing =
            rate_during(session, [&] { publish_new(session.store(), first, files_of_round); });
        const Rate after = rate_during(session, [&] { be_busy(publishing.seconds); });
        print_round(backend, publishing, (before.per_second() + after.per_second()) / 2);
        before = after;
    }
    if (server.rejected() != 0)
        give_up("the kernel has rejected answers");
}

/// Bytes of memory that nobody uses, or could be had at once.
std::int64_t free_memory_now() {
    std::ifstream file("/proc/meminfo");
    std::int64_t sum = 0;
    for (std::string name; file >> name;) {
        std::int64_t kibibytes = 0;
        if (name == "MemFree:" || name == "Buffers:" || name == "Cached:" || name == "SReclaimable:") {
            file >> kibibytes;
            sum += kibibytes * 1024;
        }
        file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
    }
    return sum;
}

/// When what was freed has come back: the kernel takes its time.
std::int64_t free_memory() {
    constexpr int most_seconds = 60;
    constexpr int still = 5; ///< seconds without a change to speak of
    constexpr std::int64_t change = 256 << 10;
    std::int64_t last = free_memory_now();
    for (int second = 0, same = 0; second < most_seconds && same < still; ++second) {
        std::this_thread::sleep_for(std::chrono::seconds(1));
        const std::int64_t now = free_memory_now();
        same = std::abs(now - std::exchange(last, now)) < change ? same + 1 : 0;
    }
    return last;
}

void print_fill(loader::Backend backend, std::uint64_t files, double seconds, std::int64_t bytes) {
    std::printf(
        "{\"case\": \"fill\", \"backend\": \"%s\", \"files\": %lu, \"seconds\": %.4f, \"bytes\": %ld}\n",
        std::string(to_string(backend)).c_str(), files, seconds, bytes);
}

void fill(loader::Backend backend) {
    loader::Options options;
    options.backend = backend;
    options.name = "publish-storm";
    // What comes with the first use, here and in the kernel, is there before anything is counted; and nothing
    // of it is freed before the end.
    const std::vector<base::FileMap> rehearsed = new_files(first_new);
    const loader::Session rehearsal = require(loader::Session::load(options));
    const std::int64_t before = free_memory();
    loader::Session session = require(loader::Session::load(options));
    session.add_virtual_device();
    require(session.open_store());
    print_fill(backend, 0, 0, before - free_memory());
    double seconds = publish_new(session.store(), first_new, files_of_round);
    print_fill(backend, files_of_round, seconds, before - free_memory());
    seconds += publish_new(session.store(), first_new + files_of_round, 9 * files_of_round);
    print_fill(backend, 10 * files_of_round, seconds, before - free_memory());
}

void run(const std::vector<std::string> &words) {
    if (words.size() != 2 || (words[0] != "storm" && words[0] != "fill"))
        give_up("usage: publish-storm storm|fill arena|rhash|hash");
    const loader::Backend backend = require(loader::parse_backend(words[1]));
    words[0] == "storm" ? storm(backend) : fill(backend);
}

} // namespace
} // namespace famfs::vmtest

int main(int count, char **words) {
    // The helpers of the hook's tests say what is wrong in terms of googletest.
    GTEST_FLAG_SET(throw_on_failure, true);
    testing::InitGoogleTest(&count, words);
    famfs::vmtest::run({words + 1, words + count});
}
