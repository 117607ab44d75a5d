// SPDX-License-Identifier: GPL-2.0-only
// What the terminal that standard output goes to can show.
#pragma once

#include <cstddef>

namespace famfs::ctl {

struct TerminalStyle {
    std::size_t width = 80; ///< columns
    bool color = false;
    bool utf8 = false;
};

/// Of standard output. No color if NO_COLOR is set or it is no terminal.
TerminalStyle output_style();

} // namespace famfs::ctl
