// SPDX-License-Identifier: GPL-2.0-only
// A mount of the tests' server whose faults the loader's own programs answer.
#pragma once

#include "loader/session.h"
#include "vmtest/tests/fuse_server.h"

namespace famfs::vmtest {

/// Holds the first dax device, device 0 of the store; the store is open, for @max_files or as many as it can
/// hold, and the program attached. Must not outlive the server.
base::Expected<loader::Session> attach_session(const FuseServer &server, loader::Backend backend,
                                               std::uint64_t max_files = 0);

} // namespace famfs::vmtest
