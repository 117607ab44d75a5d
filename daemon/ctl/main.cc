// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/commands/commands.h"
#include "daemon/ctl/terminal/bus_error.h"

#include <cstdio>
#include <exception>

int main(int argc, char **argv) {
    try {
        famfs::ctl::explain_bus_errors();
        return famfs::ctl::run_command_line(argc, argv, famfs::ctl::commands());
    } catch (const std::exception &error) { // out of memory, or a fault of ours: nothing that input can cause
        (void)std::fprintf(stderr, "famfsctl: %s\n", error.what());
        return famfs::ctl::exit_failed;
    }
}
