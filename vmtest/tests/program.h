// SPDX-License-Identifier: GPL-2.0-only
// The tests' BPF program (hook.bpf.c): loaded, its rules written, its counters read, attached.
#pragma once

#include "vmtest/tests/hook_rules.h"

#include <bpf/libbpf.h>
#include <memory>
#include <string>

namespace famfs::vmtest {

struct LinkDestroy {
    void operator()(bpf_link *link) const { bpf_link__destroy(link); }
};
using Link = std::unique_ptr<bpf_link, LinkDestroy>;

enum class Which { first, second };

class Program {
public:
    /// Loads both programs for the connection @fuse_fd; a failure fails the test. @update_fd is what the
    /// second one says its connection is: -1 for "that of the link".
    explicit Program(int fuse_fd, int update_fd = -1);

    /// Attaches. On failure the result is empty, and error() says why.
    Link attach(Which which = Which::first);
    /// Swaps the program of @link. 0 or an errno.
    int update(const Link &link, Which which);
    [[nodiscard]] int error() const { return error_; }

    void rule(std::uint64_t nodeid, const hook_rule &rule);
    /// The right answer: all of the file in one extent.
    void extent(std::uint64_t nodeid, std::uint64_t length, std::uint32_t device, std::uint64_t address);
    void raw(std::uint64_t nodeid, const fuse_iomap_io &answer);
    void returns(std::uint64_t nodeid, int value);
    void withdraw(std::uint64_t nodeid) { rule(nodeid, {}); }

    [[nodiscard]] std::uint64_t calls(hook_operation operation, Which which = Which::first) const;
    [[nodiscard]] std::uint64_t calls(Which which) const;

private:
    bpf_map *ops(Which which);

    struct Close {
        void operator()(bpf_object *object) const { bpf_object__close(object); }
    };
    std::unique_ptr<bpf_object, Close> object_;
    int error_ = 0;
};

/// Loads and attaches one of refused.bpf.c to the connection @fuse_fd. 0 if the kernel took it, or an errno;
/// what the verifier says goes to @log.
int attach_refused(const std::string &ops, int fuse_fd, std::string &log);

} // namespace famfs::vmtest
