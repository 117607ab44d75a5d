// SPDX-License-Identifier: GPL-2.0-only
// famfs-bpfd: from the command line to the end of the mount.
#include "daemon/server/background.h"
#include "daemon/server/log.h"
#include "daemon/server/options.h"
#include "daemon/server/paths.h"
#include "daemon/server/service.h"
#include "daemon/server/signals.h"

#include <array>
#include <cstdlib>
#include <exception>
#include <poll.h>
#include <spdlog/spdlog.h>

namespace famfs::server {

namespace {

void wait_for_end(const base::Fd &signals, const Service &service) {
    std::array<pollfd, 2> events{{{.fd = signals.get(), .events = POLLIN, .revents = 0},
                                  {.fd = service.ended_fd(), .events = POLLIN, .revents = 0}}};
    while (::poll(events.data(), events.size(), -1) < 0 && errno == EINTR) {
    }
}

base::Expected<void> serve(const Options &options, Readiness &readiness) {
    auto signals = catch_ending_signals();
    if (!signals)
        return std::unexpected(signals.error());
    auto service = Service::start(options);
    if (!service)
        return std::unexpected(service.error());
    spdlog::info("mounted {}", (*service)->summary());
    if (auto announced = readiness.announce(); !announced) {
        if (auto stopped = (*service)->stop(); !stopped)
            spdlog::error("{}", stopped.error().message());
        return announced;
    }
    wait_for_end(*signals, **service);
    auto stopped = (*service)->stop();
    if (stopped)
        spdlog::info("unmounted {} from {}", options.device, options.mountpoint);
    return stopped;
}

base::Expected<void> run(Options options) {
    if (auto settled = settle_paths(options); !settled)
        return settled;
    Readiness readiness;
    if (!options.foreground) {
        auto background = go_to_background();
        if (!background)
            return std::unexpected(background.error());
        readiness = *std::move(background);
    }
    return serve(options, readiness);
}

/// Whatever any thread throws and nobody catches. The mount goes on with what the kernel has.
[[noreturn]] void say_why_and_abort() {
    try {
        if (const auto thrown = std::current_exception())
            std::rethrow_exception(thrown);
        spdlog::critical("ended by a fault of its own");
    } catch (const std::exception &error) {
        spdlog::critical("ended by a fault of its own: {}", error.what());
    } catch (...) {
        spdlog::critical("ended by a fault of its own, of no known kind");
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
    const auto done = famfs::server::run(line.options);
    if (done)
        return EXIT_SUCCESS;
    spdlog::error("{}", done.error().message());
    return EXIT_FAILURE;
}
