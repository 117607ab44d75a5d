// SPDX-License-Identifier: GPL-2.0-only
// Options of the commands that make files or directories.
#pragma once

#include "daemon/ctl/terminal/command_line.h"
#include "daemon/media/format/entry.h"
#include "daemon/media/write/allocator.h"

#include <optional>
#include <string>

namespace famfs::ctl {

struct OwnerOptions {
    std::optional<std::uint64_t> mode;
    std::optional<std::uint64_t> uid;
    std::optional<std::uint64_t> gid;

    void declare(CommandLine &line);
    /// What was asked for, else what @otherwise says.
    [[nodiscard]] media::Attributes over(const media::Attributes &otherwise) const;
};

/// Each option wins over the same field of the site's defaults.
struct StripingOptions {
    std::optional<std::uint64_t> strips;
    std::optional<std::uint64_t> chunk;
    std::optional<std::uint64_t> buckets;
    std::string config; ///< path; "": as $FAMFS_ALLOC_CONFIG says

    void declare(CommandLine &line);
    /// Errors as read_alloc_config().
    [[nodiscard]] base::Expected<media::Striping> striping() const;
};

/// Whoever runs the command, with @mode less the umask.
media::Attributes own_attributes(std::uint32_t mode);

} // namespace famfs::ctl
