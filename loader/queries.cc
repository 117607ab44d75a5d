// SPDX-License-Identifier: GPL-2.0-only
#include "loader/queries.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cstring>

namespace famfs::loader {
namespace {

constexpr std::uint32_t only_key = 0;

void add(famfs_counters &sum, const famfs_counters &part) {
    sum.ok += part.ok;
    sum.not_published += part.not_published;
    sum.past_end += part.past_end;
    sum.bad_record += part.bad_record;
}

} // namespace

base::Expected<Statistics> read_statistics(int counters_map) {
    const int cpus = libbpf_num_possible_cpus();
    if (cpus <= 0)
        return base::fail(cpus < 0 ? -cpus : ENODATA, "count", "possible CPUs");
    std::vector<Statistics> parts(static_cast<std::size_t>(cpus));
    static_assert(sizeof(Statistics) == sizeof(famfs_counter_table));
    if (bpf_map_lookup_elem(counters_map, &only_key, parts.data()) != 0)
        return base::fail_errno("read map", "counters");
    Statistics sum{};
    for (const Statistics &part : parts) {
        for (std::size_t operation = 0; operation < sum.size(); ++operation)
            add(sum[operation], part[operation]);
    }
    return sum;
}

base::Expected<famfs_last_error> read_last_error(int last_error_map) {
    constexpr int tries = 8;
    famfs_last_error newest{};
    famfs_last_error before{};
    for (int i = 0; i < tries; ++i) {
        before = newest;
        if (bpf_map_lookup_elem(last_error_map, &only_key, &newest) != 0)
            return base::fail_errno("read map", "last_error");
        if (i > 0 && std::memcmp(&before, &newest, sizeof(newest)) == 0)
            break;
    }
    return newest;
}

base::Expected<famfs_resolve_arguments> run_resolve(int program, std::uint64_t nodeid,
                                                    std::uint64_t position) {
    famfs_resolve_arguments arguments{};
    arguments.nodeid = nodeid;
    arguments.position = position;
    LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = &arguments, .ctx_size_in = sizeof(arguments));
    if (bpf_prog_test_run_opts(program, &options) != 0)
        return base::fail_errno("run program", "resolve",
                                "it needs CAP_BPF, and CAP_SYS_ADMIN or CAP_PERFMON");
    if (options.retval != 0)
        return base::fail(EPROTO, "run program", "resolve", "it returned " + std::to_string(options.retval));
    if (arguments.version != FAMFS_ABI_VERSION)
        return base::fail(EPROTO, "run program", "resolve",
                          "its maps have layout " + std::to_string(arguments.version) +
                              ", and this program knows " + std::to_string(FAMFS_ABI_VERSION) +
                              ": use the famfs-bpfd that pinned it");
    return arguments;
}

} // namespace famfs::loader
