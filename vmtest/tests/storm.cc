// SPDX-License-Identifier: GPL-2.0-only
#include "vmtest/tests/storm.h"

#include <unistd.h>

namespace famfs::vmtest {

FaultStorm::FaultStorm(const MappedFile &mapped, std::uint64_t length, std::uint32_t device,
                       std::uint64_t address) {
    for (int i = 0; i < 4; ++i)
        threads_.emplace_back([this, &mapped, length, device, address](const std::stop_token &stop) {
            run(stop, mapped, length, device, address);
        });
}

void FaultStorm::run(const std::stop_token &stop, const MappedFile &mapped, std::uint64_t length,
                     std::uint32_t device, std::uint64_t address) {
    while (!stop.stop_requested()) {
        for (std::uint64_t at = 0; at < length; at += page_size) {
            std::uint64_t word = 0;
            ++touched_;
            if (copy_word(mapped.at(at), word) != 0)
                ++failed_;
            else if (word != pattern(device, address + at))
                ++wrong_;
        }
        mapped.drop();
    }
}

void FaultStorm::wait_for(std::uint64_t touches) const {
    for (const std::uint64_t end = touched_ + touches; touched_ < end;)
        ::usleep(1000);
}

} // namespace famfs::vmtest
