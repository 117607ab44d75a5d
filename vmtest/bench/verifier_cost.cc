// SPDX-License-Identifier: GPL-2.0-only
#include "vmtest/bench/verifier_cost.h"

#include "bpf/abi.h"
#include "vmtest/bench/require.h"
#include "vmtest/bench/steps_program.h"

#include <array>
#include <bpf/bpf.h>
#include <map>
#include <span>

extern "C" const char arena_bpf_start[], arena_bpf_end[], rhash_bpf_start[], rhash_bpf_end[];

namespace famfs::vmtest {
namespace {

constexpr std::uint32_t only_statistics = 4; // of the verifier's log

struct Image {
    const char *name;
    std::span<const char> bytes;
    std::uint32_t map_type; ///< of the maps of records; 0: as compiled
};

const std::array images = {
    Image{"arena", {arena_bpf_start, arena_bpf_end}, 0},
    Image{"rhash", {rhash_bpf_start, rhash_bpf_end}, 0},
    Image{"hash", {rhash_bpf_start, rhash_bpf_end}, BPF_MAP_TYPE_HASH},
};

using Log = std::array<char, 65536>;

void set_types(bpf_object *object, std::uint32_t type) {
    for (const char *name : {"files", "extents"})
        require(bpf_map__set_type(bpf_object__find_map_by_name(object, name),
                                  static_cast<bpf_map_type>(type)) == 0,
                "choose the type of a map");
}

void print(const char *image, const bpf_program *program, const Log &log) {
    std::uint64_t processed = 0;
    std::uint64_t per_instruction = 0;
    std::uint64_t total = 0;
    std::uint64_t peak = 0;
    const char *line = std::strstr(log.data(), "processed ");
    if (line == nullptr ||
        std::sscanf(line,
                    "processed %lu insns (limit %*u) max_states_per_insn %lu total_states %lu "
                    "peak_states %lu",
                    &processed, &per_instruction, &total, &peak) != 4)
        give_up(std::string("no statistics of the verifier for ") + bpf_program__name(program));
    bpf_prog_info info = {};
    __u32 size = sizeof(info);
    require(bpf_prog_get_info_by_fd(bpf_program__fd(program), &info, &size) == 0, "ask about a program");
    std::printf("{\"object\": \"%s\", \"program\": \"%s\", \"processed\": %lu, \"states\": %lu, "
                "\"peak_states\": %lu, "
                "\"bytecode_bytes\": %u, \"machine_code_bytes\": %u}\n",
                image, bpf_program__name(program), processed, total, peak, info.xlated_prog_len,
                info.jited_prog_len);
}

void print_costs(const Image &image) {
    const std::unique_ptr<bpf_object, CloseObject> object(
        bpf_object__open_mem(image.bytes.data(), image.bytes.size(), nullptr));
    require(object != nullptr, image.name);
    if (image.map_type != 0)
        set_types(object.get(), image.map_type);
    std::map<const bpf_program *, Log> logs;
    bpf_program *program = nullptr;
    bpf_object__for_each_program(program, object.get()) {
        Log &log = logs[program];
        bpf_program__set_log_level(program, only_statistics);
        bpf_program__set_log_buf(program, log.data(), log.size());
    }
    require(bpf_object__load(object.get()) == 0, std::string("load ") + image.name);
    for (const auto &[one, log] : logs)
        print(image.name, one, log);
}

} // namespace

void print_verifier_costs() {
    for (const Image &image : images)
        print_costs(image);
}

} // namespace famfs::vmtest
