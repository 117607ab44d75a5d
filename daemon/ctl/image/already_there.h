// SPDX-License-Identifier: GPL-2.0-only
// What makes cp restartable: whether a copy is there from an earlier run.
#pragma once

#include "daemon/ctl/image/copy_list.h"
#include "daemon/ctl/image/source.h"

namespace famfs::ctl {

/// True: a directory, or a file of the same size (@compare: with the same bytes). False: the name is free.
/// EEXIST, EISDIR, ENOTDIR: something else has the name.
base::Expected<bool> already_there(const Opened &opened, const CopyItem &item, bool compare);

} // namespace famfs::ctl
