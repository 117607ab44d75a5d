// SPDX-License-Identifier: GPL-2.0-only
// Where messages go: standard error until the mount is ready and in the foreground, syslog in the background.
#pragma once

namespace famfs::server {

void log_to_standard_error();
void log_to_syslog();

} // namespace famfs::server
