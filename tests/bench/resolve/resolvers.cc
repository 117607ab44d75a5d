// SPDX-License-Identifier: GPL-2.0-only
#include "tests/bench/resolve/resolvers.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sys/syscall.h>

extern "C" const char loop_arena_bpf_start[], loop_arena_bpf_end[], loop_hash_bpf_start[],
    loop_hash_bpf_end[];

namespace famfs::bench {
namespace {

constexpr const char *pin_name = "resolve-bench";
constexpr std::uint32_t devices = 4;

template <class Value>
Value sound(base::Expected<Value> expected) {
    if (!expected)
        throw std::runtime_error(expected.error().message());
    if constexpr (!std::is_void_v<Value>)
        return std::move(*expected);
}

std::span<const char> image(loader::Backend backend) {
    if (backend == loader::Backend::arena)
        return {loop_arena_bpf_start, loop_arena_bpf_end};
    return {loop_hash_bpf_start, loop_hash_bpf_end};
}

double seconds_of(const std::function<void()> &action) {
    const auto begin = std::chrono::steady_clock::now();
    action();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

std::uint64_t empty_loop(loop_arguments &loop) {
    const auto begin = std::chrono::steady_clock::now();
    std::uint64_t address = 0;
    for (std::uint64_t i = 0; i < loop.look_ups; ++i) {
        const question question = next_question(&loop, i, &loop.state, address);
        address = question.nodeid + question.position;
        asm volatile("" : "+r"(address));
        address &= ~0ULL >> 1;
    }
    return static_cast<std::uint64_t>((std::chrono::steady_clock::now() - begin).count());
}

} // namespace

BpfResolver::BpfResolver(loader::Backend backend, std::uint64_t files) : backend_(backend) {
    sound(loader::remove_pins(pin_name)); // of a run that was killed
    session_ = std::make_unique<loader::Session>(
        sound(loader::Session::load({.backend = backend,
                                     .fuse_fd = -1,
                                     .name = pin_name,
                                     .max_files = std::max<std::uint64_t>(files + FIRST_NODEID, 1 << 20),
                                     .arena_bytes = 0})));
    for (std::uint32_t i = 0; i < devices; ++i)
        session_->add_virtual_device();
    sound(session_->open_store());
    sound(session_->pin());
    companion_ = std::make_unique<test::Companion>(image(backend), pin_name);
}

BpfResolver::~BpfResolver() {
    (void)session_->detach();
    session_.reset(); // before libbpf takes the arena's mapping away
}

double BpfResolver::publish(std::uint64_t files, const base::FileMap &sample) {
    constexpr std::uint64_t most = 65536;
    std::vector<base::FileMap> some(std::min(files, most), sample);
    double seconds = 0;
    for (std::uint64_t done = 0; done < files; done += some.size()) {
        some.resize(std::min<std::uint64_t>(some.size(), files - done));
        for (std::size_t i = 0; i < some.size(); ++i)
            some[i].nodeid = FIRST_NODEID + done + i;
        seconds += seconds_of([&] { sound(session_->store().publish(some)); });
    }
    return seconds;
}

std::vector<Loop> BpfResolver::loops() const {
    const auto loop = [this](const char *program) {
        return [this, program](loop_arguments &arguments) {
            companion_->run(program, arguments);
            return arguments.nanoseconds;
        };
    };
    const std::string name(to_string(backend_));
    std::vector<Loop> loops{{name, true, loop("loop_empty")}, {name, false, loop("loop_look_up")}};
    loops.push_back(
        {name + "-run", false, [this](loop_arguments &arguments) { return run_begin(arguments); }});
    if (backend_ != loader::Backend::arena)
        loops.push_back({name + "-bare", false, loop("loop_bare")});
    return loops;
}

std::uint64_t BpfResolver::run_begin(loop_arguments &loop) const {
    auto &run = companion_->map_value<run_state>("run");
    run = {.loop = loop, .answer = {}};
    run.loop.look_ups = 0;
    const double seconds =
        seconds_of([&] { companion_->repeat("run_begin", static_cast<std::uint32_t>(loop.look_ups)); });
    loop.failed = run.loop.failed;
    ::munmap(&run, sizeof(run));
    return static_cast<std::uint64_t>(seconds * 1e9);
}

std::uint64_t BpfResolver::kernel_bytes() const {
    if (backend_ == loader::Backend::arena)
        return session_->store().room().bytes;
    const base::Fd map(bpf_obj_get((loader::pin_directory(pin_name) + "/maps/files").c_str()));
    std::ifstream information("/proc/self/fdinfo/" + std::to_string(map.get()));
    std::uint64_t bytes = 0;
    for (std::string word; information >> word;)
        if (word == "memlock:")
            information >> bytes;
    return bytes;
}

std::vector<Loop> native_loops(const Chain &chain) {
    return {{"chain", true, empty_loop},
            {"chain", false, [&chain](loop_arguments &loop) { return chain.run(loop); }}};
}

} // namespace famfs::bench
