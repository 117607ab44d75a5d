// SPDX-License-Identifier: GPL-2.0-only
// Which host this is. A file system has one master, the host whose uuid its superblock carries; only it
// writes the log. The uuid is a line of text in /opt/famfs/system_uuid, or in the file that
// FAMFS_SYSTEM_UUID_FILE names; both this project's and famfs's own tools use the first, so they agree on the
// role.
#pragma once

#include "base/error.h"
#include "daemon/media/format/layout.h"

#include <string>

namespace famfs::device {

std::string system_uuid_path();
/// ENOENT: nobody has written on this host yet, so it is master of nothing. EINVAL: the file holds something
/// else.
base::Expected<base::Uuid> system_uuid();
/// The same, and writes a new uuid (mode 0444) on first use.
base::Expected<base::Uuid> make_system_uuid();
/// EROFS with a hint if this host may not write to the file system.
base::Expected<void> require_master(const media::Superblock &superblock);

} // namespace famfs::device
