// SPDX-License-Identifier: GPL-2.0-only
// The record of every file that the log has into a record store, before the mount is visible.
#pragma once

#include "base/error.h"
#include "daemon/media/tree/file_system.h"
#include "loader/record_store.h"

namespace famfs::server {

/// Says how far it is when it takes long. The first file that does not fit ends it.
base::Expected<void> publish_records(const media::FileSystem &file_system, loader::RecordStore &store);

} // namespace famfs::server
