// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/process/daemonize.h"

#include "daemon/server/process/log_output.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace famfs::server {

namespace {

[[noreturn]] void wait_for_child(pid_t child, const base::Fd &pipe) {
    char ready = 0;
    ssize_t length = 0;
    do {
        length = ::read(pipe.get(), &ready, 1);
    } while (length < 0 && errno == EINTR);
    if (length == 1)
        std::_Exit(EXIT_SUCCESS);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFSIGNALED(status))
        std::fprintf(stderr, "famfs-bpfd: ended by signal %d before the mount was ready\n", WTERMSIG(status));
    std::_Exit(WIFEXITED(status) && WEXITSTATUS(status) != 0 ? WEXITSTATUS(status) : EXIT_FAILURE);
}

} // namespace

base::Expected<Readiness> go_to_background() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        return base::fail_errno("create", "a pipe");
    base::Fd read_end(ends[0]);
    base::Fd write_end(ends[1]);
    const pid_t child = ::fork();
    if (child < 0)
        return base::fail_errno("fork", "into the background");
    if (child > 0) {
        write_end.reset();
        wait_for_child(child, read_end);
    }
    ::setsid();
    return Readiness(std::move(write_end));
}

base::Expected<void> Readiness::announce() {
    if (!pipe_)
        return {};
    const base::Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!null || ::chdir("/") != 0)
        return base::fail_errno("leave", "the terminal");
    log_to_syslog();
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        ::dup2(null.get(), fd);
    const char ready = 1;
    if (::write(pipe_.get(), &ready, 1) != 1)
        return base::fail_errno("tell", "the waiting parent process");
    pipe_.reset();
    return {};
}

} // namespace famfs::server
