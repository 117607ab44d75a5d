// SPDX-License-Identifier: GPL-2.0-only
// What can be asked of loaded or pinned maps and of the program `resolve`. All functions take borrowed
// descriptors and may run in any thread.
#pragma once

#include "base/error.h"
#include "bpf/abi.h"
#include "loader/session.h"

namespace famfs::loader {

/// The counters of all CPUs, added up.
base::Expected<Statistics> read_statistics(int counters_map);
/// A record that was the same in two readings, or the newest if requests keep failing meanwhile.
base::Expected<famfs_last_error> read_last_error(int last_error_map);
/// Runs `resolve` once (BPF_PROG_TEST_RUN).
base::Expected<famfs_resolve_arguments> run_resolve(int program, std::uint64_t nodeid,
                                                    std::uint64_t position);

} // namespace famfs::loader
