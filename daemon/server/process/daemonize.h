// SPDX-License-Identifier: GPL-2.0-only
// Going into the background only once there is something to be in the background for.
#pragma once

#include "base/error.h"
#include "base/fd.h"

namespace famfs::server {

/// The child's side of the promise to the waiting parent.
class Readiness {
public:
    Readiness() = default; ///< in the foreground: nobody waits
    explicit Readiness(base::Fd pipe) : pipe_(std::move(pipe)) {}
    /// The parent exits with 0. Without it, the parent exits with the child's exit status when the child
    /// ends. Detaches from the terminal and sends the log to syslog.
    base::Expected<void> announce();

private:
    base::Fd pipe_;
};

/// Forks; returns in the child only. To be called before there are threads.
base::Expected<Readiness> go_to_background();

} // namespace famfs::server
