// SPDX-License-Identifier: GPL-2.0-only
// What most tests start with: a mount that holds both dax devices, with the program attached.
#pragma once

#include "vmtest/tests/dax.h"
#include "vmtest/tests/fuse_server.h"
#include "vmtest/tests/memory_probe.h"
#include "vmtest/tests/program.h"

#include <cstring>
#include <gtest/gtest.h>

namespace famfs::vmtest {

inline constexpr std::uint64_t mebibyte = 1 << 20;

class HookedMount : public testing::Test {
protected:
    explicit HookedMount(std::uint32_t init_flags = 0) : server(init_flags), program(server.fd()) {
        dax0 = hand_over(server.fd(), 0);
        dax1 = hand_over(server.fd(), 1);
        link = program.attach();
        EXPECT_TRUE(link) << std::strerror(program.error());
    }

    /// A file of one extent, whose bytes are the pattern. @address is a multiple of the page size.
    std::string patterned(std::uint64_t nodeid, std::uint64_t size, std::uint64_t address) {
        program.extent(nodeid, size, dax0, address);
        std::string path = server.file(nodeid, size);
        fill(path, size, dax0, address);
        return path;
    }

    FuseServer server;
    Program program;
    std::uint32_t dax0;
    std::uint32_t dax1;
    Link link;
};

} // namespace famfs::vmtest
