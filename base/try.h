// SPDX-License-Identifier: GPL-2.0-only
// The value of an Expected, or out of the function with its error:
//
//     auto fd = FAMFS_TRY(open_fd(path));
//     FAMFS_TRY(lock(fd));
//
// Only as a whole statement, or as all of an initializer or of what is assigned: what has been evaluated of a
// larger expression would be left half done. The function (a lambda needs its type written out) returns an
// Expected of any type.
#pragma once

#include <expected>
#include <utility>

#define FAMFS_TRY(...)                                                                                       \
    ({                                                                                                       \
        auto famfs_tried = (__VA_ARGS__);                                                                    \
        if (!famfs_tried)                                                                                    \
            return std::unexpected(std::move(famfs_tried).error());                                          \
        *std::move(famfs_tried);                                                                             \
    })
