// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/terminal/interrupt.h"

#include <atomic>
#include <csignal>

namespace famfs::ctl {

namespace {

std::atomic<int> caught = 0;
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler stores it");

void remember(int signal) {
    caught = signal;
}

} // namespace

void catch_interrupts() {
    struct sigaction action{};
    action.sa_handler = remember;
    action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
}

int interrupted() {
    return caught;
}

} // namespace famfs::ctl
