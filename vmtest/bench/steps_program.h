// SPDX-License-Identifier: GPL-2.0-only
// The programs of steps.bpf.c, loaded for a connection.
#pragma once

#include "base/file_map.h"
#include "vmtest/tests/program.h"

namespace famfs::vmtest {

struct CloseObject {
    void operator()(bpf_object *object) const { bpf_object__close(object); }
};

class StepsProgram {
public:
    explicit StepsProgram(int fuse_fd);
    /// What both answer: the first extent of @file.
    void answer(const base::FileMap &file);
    /// "constant" or "counted".
    Link attach(const std::string &name);

private:
    std::unique_ptr<bpf_object, CloseObject> object_;
};

} // namespace famfs::vmtest
