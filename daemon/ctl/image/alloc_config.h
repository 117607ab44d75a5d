// SPDX-License-Identifier: GPL-2.0-only
// The file in which famfs keeps a site's defaults for striping (.meta/.alloc.cfg of a mount of its own; it is
// no part of the media format, so famfsctl is told where it is):
//
//     interleaved_alloc:
//       nbuckets: 8
//       nstrips: 4
//       chunk_size: 2M
#pragma once

#include "daemon/media/write/allocator.h"

#include <string>

namespace famfs::ctl {

/// Only nstrips must be there. EINVAL names line and field.
base::Expected<media::Striping> read_alloc_config(const std::string &path);
/// @path is for errors.
base::Expected<media::Striping> parse_alloc_config(const std::string &text, const std::string &path);

} // namespace famfs::ctl
