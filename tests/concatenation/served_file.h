// SPDX-License-Identifier: GPL-2.0-only
// What is visible on the mount: a directory with one file, "data", whose bytes the BPF program maps.
#pragma once

#include "tests/concatenation/layout.h"

#include <fuse_lowlevel.h>

namespace concatenation {

/// What the callbacks are given. Nothing of it changes while they run.
struct ServedFile {
    concatenation_layout layout;
    int fuse_fd;
};

/// libfuse's callbacks; their user data is a ServedFile.
const fuse_lowlevel_ops &operations();

} // namespace concatenation
