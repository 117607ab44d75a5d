// SPDX-License-Identifier: GPL-2.0-only
// Errors are values. An Error keeps what the kernel said (errno), on which object, during which operation,
// and what a person can do about it. It is passed up unchanged and logged once, where it is decided what to
// do.
#pragma once

#include <cerrno>
#include <cstring>
#include <expected>
#include <string>
#include <utility>

namespace famfs::base {

struct Error {
    int code = 0;          ///< errno value, positive; for faults of our own finding the one that says most
    std::string operation; ///< what was tried, as it reads after "cannot": "open", "attach program"
    std::string object;    ///< on what: a path, "entry 17 at byte 2106432", a map's name
    std::string hint;      ///< what to do about it; may be empty

    /// One line for a log or a terminal: "cannot open /dev/dax0.0: No such device (ENODEV); is it bound?"
    [[nodiscard]] std::string message() const {
        std::string text = "cannot " + operation + " " + object + ": " + std::strerror(code);
        const char *name = strerrorname_np(code);
        if (name != nullptr)
            text += std::string(" (") + name + ")";
        if (!hint.empty())
            text += "; " + hint;
        return text;
    }
};

template <class T>
using Expected = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(int code, std::string operation, std::string object,
                                                 std::string hint = {}) {
    return std::unexpected(Error{code, std::move(operation), std::move(object), std::move(hint)});
}

/// The same with the errno that the last system call left; call it before anything else can change errno.
[[nodiscard]] inline std::unexpected<Error> fail_errno(std::string operation, std::string object,
                                                       std::string hint = {}) {
    const int code = errno;
    return fail(code, std::move(operation), std::move(object), std::move(hint));
}

} // namespace famfs::base
