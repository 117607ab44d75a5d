// SPDX-License-Identifier: GPL-2.0-only
// A first SIGINT or SIGTERM asks to stop at the next good place; a second one ends the program as ever.
#pragma once

namespace famfs::ctl {

void catch_interrupts();
/// The signal that came, or 0. Any thread.
int interrupted();

} // namespace famfs::ctl
