// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/process/ending_signals.h"

#include <csignal>
#include <sys/signalfd.h>

namespace famfs::server {

base::Expected<base::Fd> catch_ending_signals() {
    sigset_t signals;
    ::sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP})
        ::sigaddset(&signals, signal);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    base::Fd fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd)
        return base::fail_errno("create", "a signalfd");
    return fd;
}

} // namespace famfs::server
