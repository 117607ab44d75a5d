// SPDX-License-Identifier: GPL-2.0-only
// A session loaded on this kernel without a FUSE connection, for each backend that the kernel offers.
#pragma once

#include "loader/session.h"

#include "tests/support/layouts.h"

#include <algorithm>
#include <memory>

namespace famfs::test {

constexpr std::uint32_t devices = 4;

/// RHASH exists from Linux 7.3 on. Where it does not, `hash` runs the same program on its older kind of map.
inline std::vector<loader::Backend> offered_backends() {
    const loader::Offer offer = loader::probe();
    std::vector<loader::Backend> backends{loader::Backend::arena, loader::Backend::hash};
    if (offer.rhash)
        backends.push_back(loader::Backend::rhash);
    return backends;
}

class LoadedSession : public testing::TestWithParam<loader::Backend> {
protected:
    void SetUp() override {
        constexpr std::uint64_t files = 200000;
        auto loaded = loader::Session::load({.backend = GetParam(),
                                             .fuse_fd = -1,
                                             .name = "resolve-test",
                                             .max_files = files,
                                             .arena_bytes = 0});
        ASSERT_TRUE(loaded) << loaded.error().message();
        session = std::make_unique<loader::Session>(std::move(*loaded));
        for (std::uint32_t i = 0; i < virtual_devices(); ++i)
            ASSERT_EQ(session->add_virtual_device(), i);
        const auto opened = session->open_store();
        ASSERT_TRUE(opened) << opened.error().message();
    }

    [[nodiscard]] virtual std::uint32_t virtual_devices() const { return devices; }

    void publish(const base::FileMap &file) const {
        const auto published = session->store().publish(file);
        ASSERT_TRUE(published) << published.error().message();
    }

    /// What the BPF program says, which must be what the header says when compiled for this machine.
    [[nodiscard]] famfs_resolve_arguments ask(std::uint64_t nodeid, std::uint64_t position) const {
        const auto resolved = session->resolve(nodeid, position);
        if (!resolved) {
            ADD_FAILURE() << resolved.error().message();
            return {.nodeid = nodeid,
                    .position = position,
                    .answer = {},
                    .status = FAMFS_STATUSES,
                    .version = FAMFS_ABI_VERSION};
        }
        famfs_answer native{};
        EXPECT_EQ(resolved->status,
                  static_cast<std::uint32_t>(session->store().resolve(nodeid, position, native)));
        if (resolved->status == FAMFS_OK) {
            EXPECT_EQ(resolved->answer.offset, native.offset);
            EXPECT_EQ(resolved->answer.length, native.length);
            EXPECT_EQ(resolved->answer.address, native.address);
            EXPECT_EQ(resolved->answer.device, native.device);
        }
        return *resolved;
    }

    std::unique_ptr<loader::Session> session;
};

inline std::string backend_name(const testing::TestParamInfo<loader::Backend> &test) {
    return std::string(loader::to_string(test.param));
}

} // namespace famfs::test
