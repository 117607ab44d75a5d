// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/commands/commands.h"

namespace famfs::ctl {

std::span<const Command *const> commands() {
#define FAMFS_ADDRESS_OF(name) &name##_command,
    static constexpr const Command *list[] = {FAMFS_CTL_COMMANDS(FAMFS_ADDRESS_OF)};
#undef FAMFS_ADDRESS_OF
    return list;
}

} // namespace famfs::ctl
