// SPDX-License-Identifier: GPL-2.0-only
// Devices are mapped, so memory that has gone (an image cut short meanwhile, a full disk below it, a failed
// module) shows as SIGBUS. Data are copied by the kernel, which answers with an errno; the rest, superblock
// and log, is read in place.
#pragma once

namespace famfs::ctl {

/// From now on SIGBUS ends the program with a sentence and exit status 3.
void explain_bus_errors();

} // namespace famfs::ctl
