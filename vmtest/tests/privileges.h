// SPDX-License-Identifier: GPL-2.0-only
// Runs a part of a test in a child process with fewer rights.
#pragma once

#include <functional>

namespace famfs::vmtest {

/// Runs @action in a child without @capability (CAP_ number) and returns what it returned, 0 to 254.
int without_capability(int capability, const std::function<int()> &action);
/// The same in a user namespace of its own, with all capabilities there and none here.
int in_user_namespace(const std::function<int()> &action);

} // namespace famfs::vmtest
