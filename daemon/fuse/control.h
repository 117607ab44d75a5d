// SPDX-License-Identifier: GPL-2.0-only
// What famfsctl, or any program, asks of a mount: an ioctl(2) on a descriptor of its root directory.
#pragma once

#include <array>
#include <cstdint>
#include <sys/ioctl.h>

namespace famfs {

/// FAMFS_PUBLISH: writes the entries of what was made through the mount and is not published yet, all with
/// one step of the log. For root and for the user that runs the daemon (else EPERM). Zeros where nothing is
/// said.
struct PublishRequest {
    static constexpr std::size_t most_nodes = 1000;

    // In.
    std::uint32_t nodes_count; ///< 0: everything
    std::uint32_t reserved;
    std::array<std::uint64_t, most_nodes>
        nodes; ///< inode numbers of files and directories; all below them, too
    // Out.
    std::int32_t error; ///< errno; then nothing was published, and `message` says why
    std::uint32_t reserved2;
    std::uint64_t files;           ///< that were published
    std::uint64_t directories;     ///< the same
    std::uint64_t open;            ///< files that stay: somebody can write to them
    std::uint64_t empty;           ///< files that stay: a famfs has no empty files
    std::array<char, 512> message; ///< NUL-terminated
};
static_assert(sizeof(PublishRequest) < (1U << _IOC_SIZEBITS));

inline constexpr unsigned FAMFS_PUBLISH = _IOWR('F', 1, PublishRequest);

} // namespace famfs
