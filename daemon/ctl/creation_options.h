// SPDX-License-Identifier: GPL-2.0-only
// Options of the commands that make files or directories.
#pragma once

#include "daemon/media/allocator.h"
#include "daemon/media/entry.h"

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

namespace famfs::ctl {

struct OwnerOptions {
    std::string mode; ///< octal
    std::optional<std::uint32_t> uid;
    std::optional<std::uint32_t> gid;

    void declare(CLI::App &app);
    /// What was asked for, else what @otherwise says.
    [[nodiscard]] media::Attributes over(const media::Attributes &otherwise) const;
};

struct StripingOptions {
    media::Striping striping;
    void declare(CLI::App &app);
};

/// Whoever runs the command, with @mode less the umask.
media::Attributes own_attributes(std::uint32_t mode);

} // namespace famfs::ctl
