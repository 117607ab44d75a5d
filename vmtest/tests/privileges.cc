// SPDX-License-Identifier: GPL-2.0-only
#include "vmtest/tests/privileges.h"

#include <cerrno>
#include <cstring>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace famfs::vmtest {
namespace {

constexpr int could_not = 255;

bool drop(int capability) {
    __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    __user_cap_data_struct data[2] = {};
    if (::syscall(SYS_capget, &header, data) != 0)
        return false;
    const auto bit = ~(1U << (capability % 32));
    __user_cap_data_struct &word = data[capability / 32];
    word.effective &= bit;
    word.permitted &= bit;
    word.inheritable &= bit;
    return ::syscall(SYS_capset, &header, data) == 0;
}

int in_child(const std::function<bool()> &prepare, const std::function<int()> &action) {
    const pid_t child = ::fork();
    EXPECT_GE(child, 0) << std::strerror(errno);
    if (child == 0)
        ::_exit(prepare() ? action() : could_not);
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) != could_not) << "status " << status;
    return WEXITSTATUS(status);
}

} // namespace

int without_capability(int capability, const std::function<int()> &action) {
    return in_child([&] { return drop(capability); }, action);
}

int in_user_namespace(const std::function<int()> &action) {
    return in_child([] { return ::unshare(CLONE_NEWUSER) == 0; }, action);
}

} // namespace famfs::vmtest
