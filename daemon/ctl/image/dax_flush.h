// SPDX-License-Identifier: GPL-2.0-only
// Writes back the processor's cache lines of what other hosts look at.
#pragma once

#include "daemon/ctl/image/filler.h"
#include "daemon/ctl/image/tree.h"

namespace famfs::ctl {

/// Superblock, labels of the other devices, the used part of the log, and the bytes of @files; after that
/// one fence.
base::Expected<void> flush_lines(const media::FileSystem &file_system, std::span<const NamedNode> files,
                                 const DeviceBytes &devices, media::WriteBack &write_back);

} // namespace famfs::ctl
