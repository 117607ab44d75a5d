// SPDX-License-Identifier: GPL-2.0-only
// A drawing of who has which bytes of the devices, for a terminal.
#pragma once

#include "daemon/ctl/commands/device_space.h"
#include "daemon/ctl/terminal/terminal.h"

#include <string>

namespace famfs::ctl {

/// With legend and scale; at most 20 lines of @style.width (but no less than 32) columns, however many
/// devices there are and however large. Readable without color.
std::string space_map(std::span<const DeviceSpace> devices, const TerminalStyle &style);

} // namespace famfs::ctl
