// SPDX-License-Identifier: GPL-2.0-only
// What cp is to copy, found out before anything is written.
#pragma once

#include "daemon/ctl/image/target.h"

#include <string>
#include <vector>

namespace famfs::ctl {

struct CopyItem {
    std::string from;
    std::string to; ///< relative to the file system's root
    bool directory = false;
    std::uint64_t size = 0; ///< bytes
    media::Attributes attributes;
};

struct CopyList {
    std::vector<CopyItem> items;     ///< a directory before what is in it; in order of names
    std::vector<base::Error> errors; ///< what cannot be copied: missing, empty, neither file nor directory
    std::uint64_t bytes = 0;
};

/// @paths: sources, then the destination. As cp(1): into it if it is a directory and not @exact_name, else to
/// that name.
CopyList list_copies(const std::vector<std::string> &paths, const Target &target, bool recursive,
                     bool exact_name);

} // namespace famfs::ctl
