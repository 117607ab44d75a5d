// SPDX-License-Identifier: GPL-2.0-only
// How long a look-up takes, in BPF and in native code, on this machine's kernel; and how long publishing
// takes. A line of JSON for each figure. tests/bench/resolve runs it and makes tables of them.
#include "tests/bench/resolve/resolvers.h"

#include <algorithm>
#include <iostream>
#include <limits>
#include <map>

namespace famfs::bench {
namespace {

using loader::Backend;

constexpr std::uint64_t page = 4096;
constexpr std::uint64_t huge_page = 512 * page;

struct Shape {
    std::string name;
    base::FileMap sample;
};

base::FileMap list_of(std::size_t extents) {
    base::FileMap file{.nodeid = 0, .generation = 0, .size = 0, .chunk = 0, .extents = {}};
    for (std::size_t i = 0; i < extents; ++i) { // of 1 to 40 pages, and no two that continue each other
        const std::uint64_t length = (1 + i * 7 % 40) * page;
        file.extents.push_back({static_cast<std::uint32_t>(i % 4), (2 * i + 1) * huge_page, length});
        file.size += length;
    }
    return file;
}

base::FileMap strips_of(std::size_t strips, std::uint64_t chunk) {
    base::FileMap file{
        .nodeid = 0, .generation = 0, .size = strips * 64 * chunk, .chunk = chunk, .extents = {}};
    for (std::size_t i = 0; i < strips; ++i)
        file.extents.push_back({static_cast<std::uint32_t>(i % 4), i * 128 * chunk, 64 * chunk});
    return file;
}

/// The best of several rounds, nanoseconds for a look-up, without what the empty loop needs; of
/// whole runs of the program, with everything. The loops take
/// turns, so that what disturbs the machine disturbs all of them.
std::map<std::string, double> measure(const std::vector<Loop> &loops, loop_arguments loop) {
    constexpr int rounds = 7;
    std::map<std::string, double> best;
    std::map<std::string, double> empty;
    for (int round = 0; round < rounds; ++round) {
        for (const Loop &one : loops) {
            loop_arguments arguments = loop;
            arguments.state = static_cast<std::uint64_t>(round) + 1;
            const auto taken = static_cast<double>(one.run(arguments)) / static_cast<double>(loop.look_ups);
            if (arguments.failed != 0)
                throw std::runtime_error(one.resolver + ": " + std::to_string(arguments.failed) +
                                         " look-ups failed");
            double &known = (one.empty ? empty : best).try_emplace(one.resolver, taken).first->second;
            known = std::min(known, taken);
        }
    }
    for (auto &[resolver, taken] : best)
        if (!resolver.ends_with("-run"))
            taken -= empty.at(resolver.substr(0, resolver.find('-')));
    return best;
}

void measure_case(const Shape &shape, std::uint64_t files, const std::vector<Backend> &backends) {
    const Chain chain(files, shape.sample);
    for (const Backend backend : backends) {
        BpfResolver resolver(backend, files);
        const double seconds = resolver.publish(files, shape.sample);
        std::cout << R"({"figure": "publish", "shape": ")" << shape.name << R"(", "files": )" << files
                  << R"(, "resolver": ")" << to_string(backend) << R"(", "seconds": )" << seconds
                  << R"(, "kernel_bytes": )" << resolver.kernel_bytes() << "}\n";
        std::vector<Loop> loops = resolver.loops();
        std::ranges::copy(native_loops(chain), std::back_inserter(loops));
        for (const bool random : {true, false}) {
            const loop_arguments loop{.look_ups = 200000,
                                      .files = files,
                                      .size = shape.sample.size,
                                      .random = random ? 1U : 0U,
                                      .state = 0,
                                      .nanoseconds = 0,
                                      .failed = 0};
            for (const auto &[name, taken] : measure(loops, loop))
                std::cout << R"({"figure": "resolve", "shape": ")" << shape.name << R"(", "files": )" << files
                          << R"(, "order": ")" << (random ? "random" : "sequential") << R"(", "beside": ")"
                          << to_string(backend) << R"(", "resolver": ")" << name << R"(", "nanoseconds": )"
                          << taken << "}\n"
                          << std::flush;
        }
    }
}

void measure_all(std::uint64_t most_files) {
    std::vector<Backend> backends{Backend::arena, Backend::hash};
    if (loader::probe().rhash)
        backends.push_back(Backend::rhash);
    for (const std::uint64_t files : {1ULL, 1000ULL, 100'000ULL, 1'000'000ULL, 10'000'000ULL})
        if (files <= most_files)
            measure_case({"1 extent", list_of(1)}, files, backends);
    for (const std::uint64_t files : {1ULL, 1'000'000ULL}) {
        if (files > most_files)
            break;
        measure_case({"16 extents", list_of(16)}, files, backends);
        measure_case({"4 strips", strips_of(4, huge_page)}, files, backends);
        measure_case({"3 strips", strips_of(3, huge_page)}, files, backends);
        measure_case({"8 strips", strips_of(8, huge_page)}, files, backends);
    }
    measure_case({"1,000 extents", list_of(1000)}, 1, backends);
    measure_case({"4,096 extents", list_of(4096)}, 1, backends);
}

} // namespace
} // namespace famfs::bench

int main(int count, char **arguments) {
    try {
        famfs::bench::measure_all(count > 1 ? std::stoull(arguments[1])
                                            : std::numeric_limits<std::uint64_t>::max());
    } catch (const std::exception &error) {
        std::cerr << "resolve-bench: " << error.what() << "\n";
        return 1;
    }
    return 0;
}
