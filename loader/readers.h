// SPDX-License-Identifier: GPL-2.0-only
// Waiting until no BPF program uses what was withdrawn.
#pragma once

#include "base/error.h"
#include "base/fd.h"

namespace famfs::loader {

/// User space has no call for an RCU grace period, but an update of a map of maps ends with one
/// (kernel/bpf/syscall.c, maybe_wait_bpf_programs). These two maps exist for that alone. Any thread.
class Readers {
public:
    static base::Expected<Readers> create();
    /// Returns when every program that ran at the time of the call has ended.
    [[nodiscard]] base::Expected<void> wait() const;

private:
    base::Fd outer_;
    base::Fd inner_;
};

} // namespace famfs::loader
