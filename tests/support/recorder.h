// SPDX-License-Identifier: GPL-2.0-only
// A write-back that notes what was asked of it.
#pragma once

#include "daemon/media/write/write_back.h"

#include <functional>
#include <vector>

namespace famfs::test {

class Recorder : public media::WriteBack {
public:
    struct Step {
        bool fence = false;
        std::uint64_t offset = 0; ///< of the lines, from the start of the watched bytes
        std::uint64_t length = 0;
    };

    /// @at_step runs at each step, while the bytes are as they are then.
    Recorder(std::span<const std::byte> watched, std::function<void(const Step &)> at_step)
        : watched_(watched), at_step_(std::move(at_step)) {}

    void lines(std::span<const std::byte> bytes) override {
        // Of another device: none of ours.
        if (bytes.data() < watched_.data() || bytes.data() >= watched_.data() + watched_.size())
            return;
        take({.offset = static_cast<std::uint64_t>(bytes.data() - watched_.data()), .length = bytes.size()});
    }
    void fence() override { take({.fence = true}); }

    std::vector<Step> steps;

private:
    void take(const Step &step) {
        steps.push_back(step);
        at_step_(step);
    }

    std::span<const std::byte> watched_;
    std::function<void(const Step &)> at_step_;
};

} // namespace famfs::test
