// SPDX-License-Identifier: GPL-2.0-only
// What this daemon says of itself in .meta/.status and .meta/.unpublished.
#pragma once

#include "daemon/server/backend.h"
#include "daemon/server/files/made_files.h"
#include "daemon/server/mount/mount_request.h"
#include "daemon/status/mount_status.h"
#include "daemon/status/unpublished.h"

#include <string>
#include <vector>

namespace famfs::server {

/// @made_files: null where nothing can be made, and then why.
status::MountStatus report_status(const MountRequest &request, Backend &backend, const Tree &tree,
                                  const MadeFiles *made_files, const std::string &no_new_files);
/// By path.
std::vector<status::UnpublishedFile> report_unpublished(const Tree &tree);

} // namespace famfs::server
