// SPDX-License-Identifier: GPL-2.0-only
// Files that have been there for long, and a process that faults their pages in, over and over.
#pragma once

#include "loader/session.h"
#include "vmtest/tests/fuse_server.h"

#include <sys/types.h>

namespace famfs::vmtest {

/// This thread runs nowhere else.
void stay_on_processor(int number);

class OldFiles {
public:
    /// Publishes them, and starts the process, on processor 0.
    OldFiles(FuseServer &server, loader::Session &session);
    OldFiles(const OldFiles &) = delete;
    OldFiles &operator=(const OldFiles &) = delete;
    /// Ends the process.
    ~OldFiles();

private:
    [[noreturn]] void fault_forever(const FuseServer &server);

    pid_t process_;
};

} // namespace famfs::vmtest
