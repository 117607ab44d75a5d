// SPDX-License-Identifier: GPL-2.0-only
// The signals that end the daemon, as something to wait for.
#pragma once

#include "base/error.h"
#include "base/fd.h"

namespace famfs::server {

/// Blocks SIGTERM, SIGINT and SIGHUP, also in threads made later, and ignores SIGPIPE. The descriptor is
/// readable when one of them is pending.
base::Expected<base::Fd> catch_ending_signals();

} // namespace famfs::server
