// SPDX-License-Identifier: GPL-2.0-only
#include "vmtest/bench/old_files.h"

#include "vmtest/bench/require.h"
#include "vmtest/tests/memory_probe.h"

#include <csignal>
#include <memory>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>

namespace famfs::vmtest {
namespace {

constexpr std::uint64_t files = 64;
constexpr std::uint64_t file_size = 64 * page_size; // too small for a huge page

} // namespace

void stay_on_processor(int number) {
    cpu_set_t only;
    CPU_ZERO(&only);
    CPU_SET(number, &only);
    require(::sched_setaffinity(0, sizeof(only), &only) == 0, "stay on processor " + std::to_string(number));
}

OldFiles::OldFiles(FuseServer &server, loader::Session &session) {
    for (std::uint64_t number = 0; number < files; ++number) {
        const std::uint64_t nodeid = first_file + number;
        require(session.store().publish(
            {.nodeid = nodeid,
             .size = file_size,
             .extents = {{.device = 0, .offset = number * file_size, .length = file_size}}}));
        server.file(nodeid, file_size);
    }
    process_ = ::fork();
    require(process_ >= 0, "start a process that faults");
    if (process_ == 0)
        fault_forever(server);
}

OldFiles::~OldFiles() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
}

void OldFiles::fault_forever(const FuseServer &server) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    stay_on_processor(0);
    std::vector<std::unique_ptr<MappedFile>> mapped;
    mapped.reserve(files);
    for (std::uint64_t number = 0; number < files; ++number)
        mapped.push_back(std::make_unique<MappedFile>(server.path(first_file + number), file_size));
    for (;;) {
        for (const auto &file : mapped) {
            for (std::uint64_t at = 0; at < file_size; at += page_size)
                (void)*file->at(at);
            file->drop();
        }
    }
}

} // namespace famfs::vmtest
