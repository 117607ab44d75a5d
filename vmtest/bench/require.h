// SPDX-License-Identifier: GPL-2.0-only
// The bench has one answer to anything unexpected: say what it was, and end. A figure that is wrong is worse
// than none.
#pragma once

#include "base/error.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace famfs::vmtest {

[[noreturn]] inline void give_up(const std::string &what) {
    std::fprintf(stderr, "%s: %s\n", program_invocation_short_name, what.c_str());
    std::exit(1);
}

/// For system calls: the reason is in errno.
inline void require(bool condition, const std::string &what) {
    if (!condition)
        give_up(what + ": " + std::strerror(errno));
}

template <class T>
T require(base::Expected<T> result) {
    if (!result)
        give_up(result.error().message());
    if constexpr (!std::is_void_v<T>)
        return std::move(*result);
}

} // namespace famfs::vmtest
