// SPDX-License-Identifier: GPL-2.0-only
// famfs-bpfd: from the command line to the end of the mount.
#include "base/try.h"
#include "daemon/server/mount/start_mount.h"
#include "daemon/server/process/absolute_paths.h"
#include "daemon/server/process/command_line.h"
#include "daemon/server/process/daemonize.h"
#include "daemon/server/process/ending_signals.h"
#include "daemon/server/process/log_output.h"

#include "daemon/log/log.h"

#include <array>
#include <cstdlib>
#include <exception>
#include <poll.h>

namespace famfs::server {

namespace {

void wait_for_end(const base::Fd &signals, const MountedService &service) {
    std::array<pollfd, 2> events{{{.fd = signals.get(), .events = POLLIN, .revents = 0},
                                  {.fd = service.ended_fd(), .events = POLLIN, .revents = 0}}};
    while (::poll(events.data(), events.size(), -1) < 0 && errno == EINTR) {
    }
}

base::Expected<void> serve(const MountRequest &request, Readiness &readiness) {
    const base::Fd signals = FAMFS_TRY(catch_ending_signals());
    const auto service = FAMFS_TRY(start_mount(request));
    log::info("mounted " + service->summary());
    if (auto announced = readiness.announce(); !announced) {
        if (auto stopped = service->stop(); !stopped)
            log::error(stopped.error().message());
        return announced;
    }
    wait_for_end(signals, *service);
    FAMFS_TRY(service->stop());
    log::info("unmounted " + request.device + " from " + request.mountpoint);
    return {};
}

base::Expected<void> run(CommandLine line) {
    FAMFS_TRY(settle_paths(line.request));
    Readiness readiness;
    if (!line.foreground)
        readiness = FAMFS_TRY(go_to_background());
    return serve(line.request, readiness);
}

/// Whatever any thread throws and nobody catches. The mount goes on with what the kernel has.
[[noreturn]] void say_why_and_abort() {
    try {
        if (const auto thrown = std::current_exception())
            std::rethrow_exception(thrown);
        log::critical("ended by a fault of its own");
    } catch (const std::exception &error) {
        log::critical(std::string("ended by a fault of its own: ") + error.what());
    } catch (...) {
        log::critical("ended by a fault of its own, of no known kind");
    }
    std::abort();
}

} // namespace

} // namespace famfs::server

int main(int argc, char **argv) {
    std::set_terminate(famfs::server::say_why_and_abort);
    const auto line = famfs::server::parse_command_line(argc, argv);
    if (line.exit_status)
        return *line.exit_status;
    famfs::server::log_to_standard_error();
    const auto done = famfs::server::run(line);
    if (done)
        return EXIT_SUCCESS;
    famfs::log::error(done.error().message());
    return EXIT_FAILURE;
}
