// SPDX-License-Identifier: GPL-2.0-only
// What libbpf and the verifier say, kept for the Error of the call that failed. Nothing is printed.
#pragma once

#include <string>

namespace famfs::loader {

/// While it lives, libbpf's warnings of this thread are collected here instead of going to standard error. Of
/// other threads, and when none lives, they are dropped.
class LibbpfLog {
public:
    LibbpfLog();
    ~LibbpfLog();
    LibbpfLog(const LibbpfLog &) = delete;
    LibbpfLog &operator=(const LibbpfLog &) = delete;

    /// The last lines, where libbpf and the verifier put the reason.
    [[nodiscard]] std::string tail() const;

private:
    std::string text_;
    std::string *outer_;
};

} // namespace famfs::loader
