// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/terminal/bus_error.h"

#include <csignal>
#include <string_view>
#include <unistd.h>

namespace famfs::ctl {

namespace {

void on_bus_error(int /*signal*/) {
    static constexpr std::string_view text = "famfsctl: the device's memory went away while it was used: was "
                                             "the image cut short, is the disk below it full, "
                                             "or has memory failed (see the kernel's log)?\n";
    static constexpr int unreadable = 3;
    // Nothing can be done if even this fails.
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    ::_exit(unreadable);
}

} // namespace

void explain_bus_errors() {
    struct sigaction action{};
    action.sa_handler = on_bus_error;
    ::sigaction(SIGBUS, &action, nullptr);
}

} // namespace famfs::ctl
