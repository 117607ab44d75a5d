// SPDX-License-Identifier: GPL-2.0-only
// Any superblock and log: no crash, nothing served that must not be, messages that say where, and a log that
// is taken for sound stays so when it is appended to.
#include "tests/fuzz/checks.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    auto input = famfs::test::LogInput::read(std::as_bytes(std::span(data, size)));
    input.repair();
    famfs::test::check_log(input, famfs::test::sizes_of(input.settings), [](const auto &) {});
    return 0;
}
